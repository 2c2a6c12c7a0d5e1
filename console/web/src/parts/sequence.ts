// A sequence diagram: its lanes and rows, which rows a filter shows, and where each of them is.
import { t } from "../words/index.svelte";

export type LaneKind = "person" | "cloud" | "broker" | "carrier" | "hub" | "third_party";

/** One participant. */
export interface Lane {
  id: string;
  name: string;
  kind: LaneKind;
}

/**
 * How a row is drawn.
 * `message`: to the broker, with a dotted arrow to the intended receiver. `published`: to the broker.
 * `delivered` and `retained`: from the broker. `dropped` and `struck`: a fault stopped or changed a delivery.
 * `wish`, `granted`, `refused`: a person's command and its answer. `fault` is across all lanes.
 */
export type RowKind =
  | "message" | "published" | "delivered" | "retained" | "dropped" | "struck" | "lost" | "complaint"
  | "wish" | "granted" | "refused" | "bench_action" | "fault" | "fact" | "order" | "packet" | "other";

/** One event. `source` and `target` are ids of lanes, equal if the event concerns one lane. */
export interface SequenceRow {
  /** Unique within the diagram; it stays when older rows are removed. */
  id: number;
  at_ms: number;
  kind: RowKind;
  source: string;
  target: string;
  label: string;
  /** Details; `topic` and `payload` (a text) of a message have their own view. */
  facts: Record<string, unknown>;
}

/** Rows that belong together, such as those of one step. */
export interface Band {
  id: number;
  title: string;
  /** The index after its last row. */
  rowsEnd: number;
}

/** A group of kinds that a reader shows or hides together. */
export interface KindGroup {
  name: "messages" | "people" | "bench" | "facts" | "packets";
  kinds: readonly RowKind[];
}

export const KIND_GROUPS: readonly KindGroup[] = [
  { name: "messages", kinds: ["message", "published", "delivered", "retained", "dropped", "struck", "lost", "complaint", "other"] },
  { name: "people", kinds: ["wish", "granted", "refused"] },
  { name: "bench", kinds: ["bench_action", "fault"] },
  { name: "facts", kinds: ["fact", "order"] },
  { name: "packets", kinds: ["packet"] },
];

/** The groups that have a row, so that no filter is offered for nothing. Messages are always there. */
export function groupsOf(rows: readonly SequenceRow[]): KindGroup[] {
  const there = new Set(rows.map(({ kind }) => kind));
  return KIND_GROUPS.filter(({ name, kinds }) => name !== "packets" || kinds.some((kind) => there.has(kind)));
}

/** The rows to show. */
export interface RowFilter {
  hiddenGroups: ReadonlySet<KindGroup["name"]>;
  /** Lanes that are hidden; a row is hidden if one of its ends is. */
  hiddenLanes: ReadonlySet<string>;
  /** Words that must all be in the label, the participants or the details. */
  search: string;
}

export const SHOW_ALL: RowFilter = { hiddenGroups: new Set(), hiddenLanes: new Set(), search: "" };

/** A value as text: that of a payload as it is, so that a reader can search for parts of it. */
export function written(value: unknown): string {
  if (value === null || value === undefined) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

const texts = new WeakMap<SequenceRow, string>();

/** The text in which a search looks, made once for each row. */
function textOf(row: SequenceRow, names: ReadonlyMap<string, string>): string {
  let text = texts.get(row);
  if (text === undefined) {
    const facts = Object.entries(row.facts).map(([name, value]) => `${name} ${written(value)}`);
    text = [row.label, names.get(row.source), names.get(row.target), ...facts].join("\n").toLowerCase();
    texts.set(row, text);
  }
  return text;
}

/** Return a test for rows. Testing is in order of cost: text is made only for rows that pass the rest. */
export function matcher(filter: RowFilter, lanes: readonly Lane[]): (row: SequenceRow) => boolean {
  const hidden = new Set(
    KIND_GROUPS.filter(({ name }) => filter.hiddenGroups.has(name)).flatMap(({ kinds }) => kinds),
  );
  const words = filter.search.toLowerCase().split(/\s+/).filter(Boolean);
  const names = new Map(lanes.map(({ id, name }) => [id, name]));
  return (row) => {
    if (hidden.has(row.kind)) return false;
    if (row.kind !== "fault" && (filter.hiddenLanes.has(row.source) || filter.hiddenLanes.has(row.target))) return false;
    if (!words.length) return true;
    const text = textOf(row, names);
    return words.every((word) => text.includes(word));
  };
}

export const ROW_HEIGHT = 34;
export const BAND_HEIGHT = 26;
const BAND_GAP = 6;
const TOP = 8;

/** One thing in the diagram, at its place from the top in px. */
export type Placed =
  | { kind: "band"; top: number; band: Band; height: number }
  | { kind: "row"; top: number; row: SequenceRow; place: number; time: boolean };

export interface Layout {
  placed: Placed[];
  height: number;
  /** The band of each shown row's id, and the extent of each band. */
  bands: { band: Band; top: number; height: number }[];
  /** Indices in `placed` of rows, by row id. */
  rowAt: ReadonlyMap<number, number>;
}

/** Place the rows that `shows` accepts, and all bands. Without bands, there are rows only. */
export function layout(rows: readonly SequenceRow[], bands: readonly Band[], shows: (row: SequenceRow) => boolean): Layout {
  const placed: Placed[] = [];
  const extents: Layout["bands"] = [];
  const rowAt = new Map<number, number>();
  let top = TOP;
  let from = 0;
  let last: number | null = null;
  const addRows = (to: number) => {
    for (let place = from; place < to; place += 1) {
      const row = rows[place];
      if (!row || !shows(row)) continue;
      rowAt.set(row.id, placed.length);
      placed.push({ kind: "row", top, row, place, time: row.at_ms !== last });
      last = row.at_ms;
      top += ROW_HEIGHT;
    }
    from = to;
  };
  for (const band of bands) {
    const start = top;
    const head: Placed = { kind: "band", top, band, height: 0 };
    placed.push(head);
    top += BAND_HEIGHT;
    last = null;
    addRows(band.rowsEnd);
    top += BAND_GAP;
    head.height = top - start - 3;
    extents.push({ band, top: start, height: head.height });
  }
  addRows(rows.length);
  return { placed, height: top + TOP, bands: extents, rowAt };
}

/** The part of a layout between two heights, with some more on both sides. Binary search: the cost of a page. */
export function visible(placed: readonly Placed[], from: number, to: number, margin = 240): { begin: number; end: number } {
  const at = (height: number): number => {
    let low = 0;
    let high = placed.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((placed[middle]?.top ?? 0) < height) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  return { begin: Math.max(0, at(from - margin) - 1), end: at(to + margin) };
}

export const TIMES = 104;
const MIN_LANE = 108;
const MAX_LANE = 260;

/** The horizontal measures for a number of lanes in a room, in px. */
export function laneWidths(lanes: number, room: number): { lane: number; width: number; x: (place: number) => number } {
  const lane = Math.min(MAX_LANE, Math.max(MIN_LANE, (room - TIMES - 28) / Math.max(1, lanes)));
  return { lane, width: TIMES + lane * Math.max(1, lanes) + 8, x: (place) => TIMES + lane * place + lane / 2 };
}

/** The scroll position, in px, that is nearest to the present one and shows a part; a larger part is shown from its beginning. */
export function broughtIntoView(part: { begin: number; end: number }, scrolled: number, room: number): number {
  return Math.max(0, Math.min(part.begin, Math.max(scrolled, part.end - room)));
}

/** Letters of about `px` width each that fit into a width; a longer text is cut. */
export function cut(text: string, width: number, px: number): string {
  const most = Math.max(1, Math.floor(width / px));
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}

/** The participants of a row in words. */
export function between(row: SequenceRow, lanes: readonly Lane[]): string {
  const name = (id: string): string => lanes.find((lane) => lane.id === id)?.name ?? id;
  const [from, to] = [name(row.source), name(row.target)];
  if (row.kind === "message") return t("{from} → broker, for {to}", { from, to });
  return row.source === row.target ? from : `${from} → ${to}`;
}

/** The payload of the previous message on the same topic, of the same party of the wire; null: there is none. */
export function payloadBefore(rows: readonly SequenceRow[], row: SequenceRow): string | null {
  const { topic } = row.facts;
  if (typeof topic !== "string") return null;
  const start = rows.findIndex((each) => each.id === row.id);
  for (let at = start - 1; at >= 0; at -= 1) {
    const each = rows[at];
    if (each && each.kind === row.kind && each.facts.topic === topic && each.target === row.target) {
      return typeof each.facts.payload === "string" ? each.facts.payload : null;
    }
  }
  return null;
}
