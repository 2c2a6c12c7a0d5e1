// The three layers of a hub side by side: what the app shows, what the hub shows, what it reported last. Pure.
import { channelText, secondTileText, tileText } from "../../parts/hub-look";
import { iconText } from "../../parts/status-icons";
import { msg, t } from "../../words/index.svelte";

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

/** The words of the wire that have a text. All others (versions, models) are shown as they are. */
const WORDS: Record<string, string> = {
  not_available: msg("not available"), active: msg("active"), expiring: msg("expiring"), inactive: msg("inactive"),
  none: msg("none"), online: msg("online"), offline: msg("offline"), stopped: msg("stopped"),
  connecting: msg("connecting"), subscribing: msg("connecting"), backoff: msg("waiting"), not_registered: msg("not registered"), home: msg("home network"),
  searching: msg("searching"), denied: msg("denied"), roaming: msg("roaming"), unknown: msg("unknown"),
  no_signal: msg("no signal"), weak: msg("weak signal"), normal: msg("normal signal"), strong: msg("strong signal"),
};

type Written = (value: unknown) => string;

function text(value: unknown, one: Written): string {
  if (value === undefined || value === null || value === "") return NONE;
  if (Array.isArray(value)) return value.length ? value.map((each) => text(each, one)).toSorted().join(", ") : NONE;
  if (typeof value === "boolean") return value ? t("yes") : t("no");
  return one(value);
}

function word(value: unknown): string {
  const known = WORDS[String(value)];
  return known === undefined ? String(value).replaceAll("_", " ") : t(known);
}

const tile: Written = (value) => tileText(String(value));
const secondTile: Written = (value) => secondTileText(String(value)) || t("none");
const service: Written = (value) => (value === "activation_required" ? tileText(String(value)) : word(value));
const channel: Written = (value) => channelText(String(value));
const icon: Written = (value) => iconText(String(value));

function row(name: string, app: unknown, hub: unknown, reported: unknown, one: Written = word): LayerRow {
  const known = [app, hub, reported].filter((value) => value !== undefined && value !== null);
  const texts = new Set(known.map((value) => text(value, one)));
  return { name, app: text(app, one), hub: text(hub, one), reported: text(reported, one), differs: texts.size > 1 };
}

/** The rows of the comparison. Only equal things share a row. */
export function layerRows({ app, shows, applied, device }: Layers): LayerRow[] {
  const reported = (device?.reported ?? null) as Record<string, unknown> | null;
  const hardware = (reported?.hardware ?? null) as Record<string, unknown> | null;
  return [
    row(msg("Service state"), app?.service, shows?.service, applied?.service, service),
    row(msg("Tile"), app?.tile, shows?.tile, applied?.tile, tile),
    row(msg("Second tile"), app?.second_tile, shows?.second_tile, applied?.second_tile, secondTile),
    row(msg("Star"), app?.star, shows?.star, applied?.star),
    row(msg("Icons"), app?.icons, shows?.icons, undefined, icon),
    row(msg("Channels"), app?.channels, shows?.channels, hardware?.channels, channel),
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
