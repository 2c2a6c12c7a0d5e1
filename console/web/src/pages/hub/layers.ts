// The three layers of a hub side by side: what the app shows, what the hub shows, what it reported last. Pure.
import { msg } from "../../words/index.svelte";

/** The parts of `GET /lab/hubs/{hub}` that are compared; a part is null where it does not exist. */
export interface Layers {
  app: Record<string, unknown> | null;
  shows: Record<string, unknown> | null;
  applied: Record<string, unknown> | null;
  device: Record<string, unknown> | null;
}

export interface LayerRow {
  name: string;
  app: string;
  hub: string;
  reported: string;
  /** Two layers that have the value have different ones. */
  differs: boolean;
}

const NONE = "–";

function text(value: unknown): string {
  if (value === undefined || value === null || value === "") return NONE;
  if (Array.isArray(value)) return value.length ? value.map(text).toSorted().join(", ") : NONE;
  if (typeof value === "boolean") return value ? "✓" : "✗";
  return String(value).replaceAll("_", " ");
}

function row(name: string, app: unknown, hub: unknown, reported: unknown): LayerRow {
  const known = [app, hub, reported].filter((value) => value !== undefined && value !== null).map(text);
  return { name, app: text(app), hub: text(hub), reported: text(reported), differs: new Set(known).size > 1 };
}

/** The rows of the comparison. Only the same things are beside each other. */
export function layerRows({ app, shows, applied, device }: Layers): LayerRow[] {
  const reported = (device?.reported ?? null) as Record<string, unknown> | null;
  const hardware = (reported?.hardware ?? null) as Record<string, unknown> | null;
  return [
    row(msg("Service state"), app?.service, shows?.service, applied?.service),
    row(msg("Tile"), app?.tile, shows?.tile, applied?.tile),
    row(msg("Second tile"), app?.second_tile, shows?.second_tile, applied?.second_tile),
    row(msg("Star"), app?.star, shows?.star, applied?.star),
    row(msg("Icons"), app?.icons, shows?.icons, undefined),
    row(msg("Channels"), app?.channels, shows?.channels, hardware?.channels),
    row(msg("Online"), app?.online, undefined, undefined),
    row(msg("Link to the cloud"), undefined, shows?.link, undefined),
    row(msg("Registration"), undefined, shows?.registration, hardware?.registration),
    row(msg("Network"), undefined, shows?.generation, hardware?.generation),
    row(msg("Signal"), undefined, shows?.signal, hardware?.signal),
    row(msg("Battery"), undefined, shows?.battery_percent, hardware?.battery_percent),
    row(msg("SIM profile"), app?.sim_profile, undefined, undefined),
    row(msg("SIM cut off"), undefined, shows?.sim_cut_off, applied?.sim_cut_off),
    row(msg("Document version"), device?.desired_version, undefined, applied?.version),
    row(msg("Events in the buffer"), undefined, shows?.buffered_events, undefined),
  ];
}
