// Which rows of the live diagram are about a hub or of a kind, and how many lanes it has. Pure.
import { readTopic } from "../../parts/message-label";
import type { Lane, SequenceRow } from "../../parts/sequence";

/** The lane that several hubs share. */
export const OTHER_HUBS = "other hubs";

/** Whether a row is about a hub: one of its ends, its topic, its details, or a card in the hub. */
export function isAbout(row: SequenceRow, hub: string, cards: readonly string[]): boolean {
  if (row.source === hub || row.target === hub || row.facts.hub === hub) return true;
  const { topic, iccid, fault } = row.facts;
  const subject = typeof topic === "string" ? readTopic(topic).subject : "";
  if (subject === hub || cards.includes(subject) || cards.includes(String(iccid))) return true;
  return typeof fault === "object" && fault !== null && (fault as { hub?: unknown }).hub === hub;
}

/** Whether a row is a message of a kind. */
export function isOfKind(row: SequenceRow, kind: string): boolean {
  return typeof row.facts.topic === "string" && readTopic(row.facts.topic).kind === kind;
}

export interface Folded {
  lanes: Lane[];
  rows: SequenceRow[];
}

/**
 * Give at most `most` hubs a lane: those that came first, so that lanes do not move. The rows of the others are in
 * one lane together, with the name of their hub.
 */
export function foldHubs(lanes: readonly Lane[], rows: readonly SequenceRow[], most: number, othersName: string): Folded {
  const hubs = lanes.filter((lane) => lane.kind === "hub");
  if (hubs.length <= most) return { lanes: [...lanes], rows: [...rows] };
  const folded = new Map(hubs.slice(most).map(({ id, name }) => [id, name]));
  const others: Lane = { id: OTHER_HUBS, name: othersName, kind: "hub" };
  const kept = lanes.filter(({ id }) => !folded.has(id));
  const last = kept.findLastIndex(({ kind }) => kind === "hub");
  return {
    lanes: kept.toSpliced(last + 1, 0, others),
    rows: rows.map((row) => foldRow(row, folded)),
  };
}

function foldRow(row: SequenceRow, folded: ReadonlyMap<string, string>): SequenceRow {
  const name = folded.get(row.source) ?? folded.get(row.target);
  if (name === undefined) return row;
  const end = (id: string): string => (folded.has(id) ? OTHER_HUBS : id);
  return { ...row, source: end(row.source), target: end(row.target), label: `${name}: ${row.label}` };
}
