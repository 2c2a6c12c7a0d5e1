// The states by which a fleet is counted and filtered, as data: one row for each chip on the page.
import type { FleetHub } from "../../api/fleet_hub";

export type FacetGroup = "service" | "connection" | "attention";

export interface Facet {
  /** The name in the address of the page, and of the count. */
  name: string;
  group: FacetGroup;
  holds(hub: FleetHub): boolean;
}

const LOW_BATTERY_PERCENT = 20;

export const FACETS: readonly Facet[] = [
  { name: "activated", group: "service", holds: (hub) => hub.tile === "activated" },
  { name: "expires_soon", group: "service", holds: (hub) => hub.tile === "expires_soon" },
  { name: "activation_required", group: "service", holds: (hub) => hub.tile === "activation_required" },
  { name: "not_available", group: "service", holds: (hub) => hub.tile === "none" },
  { name: "online", group: "connection", holds: (hub) => hub.online },
  { name: "offline", group: "connection", holds: (hub) => !hub.online },
  { name: "off_bench", group: "connection", holds: (hub) => !hub.on_bench },
  { name: "no_mains", group: "attention", holds: (hub) => hub.mains === false },
  {
    name: "low_battery",
    group: "attention",
    holds: (hub) => hub.battery_percent !== null && hub.battery_percent <= LOW_BATTERY_PERCENT,
  },
  { name: "lid_open", group: "attention", holds: (hub) => hub.lid_open === true },
  { name: "sim_fault", group: "attention", holds: (hub) => hub.sim_card === "locked" || hub.sim_card === "malfunction" },
];

/** The facets of a hub, as bits: bit `n` is set if the facet with the index `n` holds. */
export function facetBits(hub: FleetHub): number {
  return FACETS.reduce((bits, facet, index) => (facet.holds(hub) ? bits | (1 << index) : bits), 0);
}

/** One mask for each group of which facets are chosen. Names that are not facets choose nothing. */
export function chosenMasks(names: Iterable<string>): number[] {
  const chosen = new Set(names);
  const masks = new Map<FacetGroup, number>();
  FACETS.forEach((facet, index) => {
    if (chosen.has(facet.name)) masks.set(facet.group, (masks.get(facet.group) ?? 0) | (1 << index));
  });
  return [...masks.values()];
}

/** Whether a hub has at least one chosen facet of each group. */
export function passes(bits: number, masks: readonly number[]): boolean {
  return masks.every((mask) => (bits & mask) !== 0);
}
