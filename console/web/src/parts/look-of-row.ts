// The drawing of a hub from its row in the fleet.
import type { AppLook, CardCondition, HubLook, LedColor, SlotLook } from "./hub-look";
import { portsOf } from "./hub-models";

/** The part of a row of `GET /lab/fleet` and of the event `hub` that a drawing needs. */
export interface HubRow {
  hub: string;
  name: string | null;
  model: string | null;
  online: boolean | null;
  tile: string | null;
  second_tile: string | null;
  star: boolean | null;
  icons: readonly string[];
  led: { color: string; blink: boolean | string } | null;
  channels: readonly string[];
  slots: Record<string, { kind: string; iccid?: string | null; condition?: string | null; profile?: string | null }>;
  active_sim?: number | null;
  signal?: string | null;
  battery_percent: number | null;
  mains: boolean | null;
  lid_open: boolean | null;
  powered: boolean | null;
  coverage: unknown;
  links: unknown;
}

function slotOf(slot: HubRow["slots"][string], active: boolean): SlotLook {
  const kind = (["ajax", "ordinary", "empty"] as const).find((each) => each === slot.kind) ?? "unknown";
  const condition = (["locked", "broken"] as const).find((each) => each === slot.condition) ?? "healthy";
  return { kind, condition: condition satisfies CardCondition, iccid: slot.iccid ?? null, profile: slot.profile ?? null, active };
}

/** How the hub looks on the bench. Unknown states are drawn as usual: powered, in coverage, no cable. */
export function lookOfRow(row: HubRow): HubLook {
  const links = Array.isArray(row.links) ? row.links.map(String) : [...row.channels].filter((each) => each !== "cellular");
  const led = (["white", "green", "red", "off"] as const).find((color) => color === row.led?.color) ?? "off";
  return {
    name: row.name ?? row.hub,
    model: row.model ?? "",
    powered: row.powered ?? true,
    led: { color: led satisfies LedColor, blink: row.led?.blink === true || row.led?.blink === "blinking" },
    slots: Object.fromEntries(
      Object.entries(row.slots).map(([number, slot]) => [number, slotOf(slot, Number(number) === row.active_sim)]),
    ),
    ports: portsOf(row.model ?? "", links),
    links,
    channels: [...row.channels],
    mains: row.mains ?? true,
    batteryPercent: row.battery_percent ?? 100,
    lidOpen: row.lid_open ?? false,
    coverage: row.coverage !== false,
    signal: row.signal ?? "strong",
  };
}

/** How the app shows the hub. */
export function appOfRow(row: HubRow): AppLook {
  return {
    name: row.name ?? row.hub,
    online: row.online,
    tile: row.tile ?? "none",
    secondTile: row.second_tile ?? "none",
    star: row.star ?? false,
    icons: [...row.icons],
  };
}
