// The columns by which the grid can be sorted. A key is a number or a text; hubs without a value come last.
import type { FleetHub } from "../../api/fleet_hub";
import { modelName } from "../../parts/hub-models";

export type SortKey = number | string | null;
export const SORT_KEYS = {
  name: (hub) => hub.name ?? hub.hub,
  model: (hub) => (hub.model === null ? null : modelName(hub.model)),
  company: (hub) => hub.company_name,
  country: (hub) => hub.country,
  online: (hub) => (hub.online ? 0 : 1),
  service: (hub) => SERVICE_ORDER[hub.tile] ?? null,
  ends: (hub) => hub.ends_at_ms,
  led: (hub) => (hub.led === null ? null : (LED_ORDER[hub.led.color] ?? null)),
  battery: (hub) => hub.battery_percent,
  version: (hub) => hub.version,
} satisfies Record<string, (hub: FleetHub) => SortKey>;

export type SortColumn = keyof typeof SORT_KEYS;

export interface Sorting {
  column: SortColumn;
  down: boolean;
}

const SERVICE_ORDER: Record<string, number> = {
  activated: 0,
  expires_soon: 1,
  activation_required: 2,
  none: 3,
};
const LED_ORDER: Record<string, number> = { white: 0, green: 1, red: 2, off: 3 };

/** Read a sorting from the address of the page, such as `company` or `-battery`. */
export function sortingOf(text: string): Sorting {
  const down = text.startsWith("-");
  const column = down ? text.slice(1) : text;
  return { column: column in SORT_KEYS ? (column as SortColumn) : "name", down: down && column in SORT_KEYS };
}

/** The sorting as text for the address of the page. */
export function sortingText(sorting: Sorting): string {
  return (sorting.down ? "-" : "") + sorting.column;
}
