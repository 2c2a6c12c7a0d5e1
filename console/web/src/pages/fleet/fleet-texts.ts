// The words of the Fleet page for the states of a hub.
import type { FleetHub } from "../../api/fleet_hub";
import { channelText, slotText } from "../../parts/hub-look";
import { lookOfRow } from "../../parts/look-of-row";
import { t } from "../../words/index.svelte";
import type { FacetGroup } from "./facets";

const FACET_TEXTS: Record<string, () => string> = {
  activated: () => t("Activated"),
  expires_soon: () => t("Expires soon"),
  activation_required: () => t("Activation required"),
  not_available: () => t("No services"),
  online: () => t("Online"),
  offline: () => t("Offline"),
  off_bench: () => t("Not on the bench"),
  no_mains: () => t("No mains"),
  low_battery: () => t("Battery low"),
  lid_open: () => t("Lid open"),
  sim_fault: () => t("SIM fault"),
};

const GROUP_TEXTS: Record<FacetGroup, () => string> = {
  service: () => t("Services"),
  connection: () => t("Connection"),
  attention: () => t("Attention"),
};

const LED_TEXTS: Record<string, () => string> = {
  white: () => t("white"),
  green: () => t("green"),
  red: () => t("red"),
  off: () => t("off"),
};

export const facetText = (name: string): string => FACET_TEXTS[name]?.() ?? name;
export const groupText = (group: FacetGroup): string => GROUP_TEXTS[group]();

/** The tile of a hub; a hub without a tile has no services. */
export function tileText(hub: FleetHub): string {
  return facetText(hub.tile === "none" ? "not_available" : hub.tile);
}

export function ledText(hub: FleetHub): string {
  if (hub.led === null) return "–";
  const color = LED_TEXTS[hub.led.color]?.() ?? hub.led.color;
  return hub.led.blink ? t("{color}, blinking", { color }) : color;
}

export function channelsText(hub: FleetHub): string {
  return hub.channels.map(channelText).join(" + ");
}

/** The cards in the slots, such as `Ajax SIM, in use · empty`. */
export function slotsText(hub: FleetHub): string {
  return Object.values(lookOfRow(hub).slots).map(slotText).join(" · ");
}

/** The states that a person should check, in words. */
export function attention(hub: FleetHub): string[] {
  const found: string[] = [];
  if (hub.mains === false) found.push(facetText("no_mains"));
  if (hub.lid_open === true) found.push(facetText("lid_open"));
  if (!hub.on_bench) found.push(facetText("off_bench"));
  return found;
}
