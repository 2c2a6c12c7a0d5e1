// A timeline: bars of states and marks of facts over world time. Scales, ticks and clusters. Pure.
import type { WorldClock } from "./world-clock";

export type Tone = "ok" | "warn" | "bad" | "accent" | "plain";

/** A state that lasts. */
export interface TimelineSpan {
  from_ms: number;
  /** Null: it lasts until now. */
  to_ms: number | null;
  text: string;
  tone: Tone;
}

/** Something that happened at one instant. */
export interface TimelineFact {
  id: string | number;
  at_ms: number;
  text: string;
  tone: Tone;
  /** Shown when the fact is chosen. */
  details?: Record<string, unknown>;
}

/** One line of the timeline. */
export interface TimelineTrack {
  id: string;
  name: string;
  spans: readonly TimelineSpan[];
  facts: readonly TimelineFact[];
}

/** The part of world time that is in view. */
export interface Range {
  from_ms: number;
  to_ms: number;
}

export const SHORTEST_MS = 60_000;
const DAY_MS = 86_400_000;

/** The range of all that the tracks have, with a margin; now is always inside. */
export function wholeRange(tracks: readonly TimelineTrack[], nowMs: number): Range {
  let [from, to] = [nowMs, nowMs];
  for (const { spans, facts } of tracks) {
    for (const span of spans) {
      from = Math.min(from, span.from_ms);
      to = Math.max(to, span.from_ms, span.to_ms ?? nowMs);
    }
    for (const fact of facts) {
      from = Math.min(from, fact.at_ms);
      to = Math.max(to, fact.at_ms);
    }
  }
  const margin = Math.max((to - from) * 0.04, SHORTEST_MS / 2);
  return { from_ms: Math.floor(from - margin), to_ms: Math.ceil(to + margin) };
}

/** The range with another length, around a place in it (0: its beginning, 1: its end). */
export function zoomed({ from_ms, to_ms }: Range, factor: number, around = 0.5): Range {
  const length = to_ms - from_ms;
  const next = Math.max(SHORTEST_MS, length * factor);
  const from = from_ms + (length - next) * around;
  return { from_ms: Math.round(from), to_ms: Math.round(from + next) };
}

/** The range moved by a part of its length. */
export function moved({ from_ms, to_ms }: Range, part: number): Range {
  const by = Math.round((to_ms - from_ms) * part);
  return { from_ms: from_ms + by, to_ms: to_ms + by };
}

/** The place of an instant, in px. */
export function placeOf(atMs: number, { from_ms, to_ms }: Range, width: number): number {
  return ((atMs - from_ms) / (to_ms - from_ms)) * width;
}

export interface Tick {
  at_ms: number;
  text: string;
}

const STEPS_MS = [
  1000, 5000, 15_000, 60_000, 300_000, 900_000, 3_600_000, 3 * 3_600_000, 6 * 3_600_000, 12 * 3_600_000, DAY_MS,
  2 * DAY_MS, 7 * DAY_MS,
];

/** The ticks of a range: the 1st of months for a long one, round times for a short one; at most about `most`. */
export function ticks(range: Range, clock: WorldClock, most: number): Tick[] {
  const length = range.to_ms - range.from_ms;
  const months = clock.months(range.from_ms, range.to_ms);
  const step = STEPS_MS.find((each) => length / each <= most);
  if (step === undefined || (months.length >= 2 && months.length >= most / 3)) {
    const every = Math.max(1, Math.ceil(months.length / most));
    return months.filter((_, place) => place % every === 0).map((at_ms) => ({ at_ms, text: clock.date(at_ms) }));
  }
  // Round times count from a local midnight: the first of a month before the range.
  const origin = clock.months(range.from_ms - 32 * DAY_MS, range.from_ms + 1).at(-1) ?? range.from_ms;
  const found: Tick[] = [];
  for (let at = origin + Math.ceil((range.from_ms - origin) / step) * step; at < range.to_ms; at += step) {
    const text = step >= DAY_MS ? clock.date(at) : clock.time(at).replace(/:00$/, "");
    found.push({ at_ms: at, text });
  }
  return found;
}

/** Facts that are too near to each other to be separate marks. */
export interface Cluster {
  x: number;
  facts: TimelineFact[];
}

/** The marks of facts in a range: each at least `gap` px from the one before. */
export function clusters(facts: readonly TimelineFact[], range: Range, width: number, gap: number): Cluster[] {
  const found: Cluster[] = [];
  const inside = facts
    .filter(({ at_ms }) => at_ms >= range.from_ms && at_ms <= range.to_ms)
    .toSorted((one, other) => one.at_ms - other.at_ms);
  for (const fact of inside) {
    const x = placeOf(fact.at_ms, range, width);
    const last = found.at(-1);
    if (last && x - last.x < gap) last.facts.push(fact);
    else found.push({ x, facts: [fact] });
  }
  return found;
}

/** The visible part of a span, in px; null: it is outside. */
export function barOf(span: TimelineSpan, range: Range, width: number, nowMs: number): { x: number; width: number } | null {
  const from = Math.max(placeOf(span.from_ms, range, width), 0);
  const to = Math.min(placeOf(span.to_ms ?? Math.max(nowMs, span.from_ms), range, width), width);
  return to < 0 || from > width || to < from ? null : { x: from, width: Math.max(3, to - from) };
}

const TONE_ORDER: Tone[] = ["bad", "warn", "ok", "accent", "plain"];

/** The tone of a mark with several facts: the most alarming one. */
export function toneOf({ facts }: Cluster): Tone {
  return TONE_ORDER.find((tone) => facts.some((fact) => fact.tone === tone)) ?? "plain";
}
