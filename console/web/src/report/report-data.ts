// The data of a report, as Python writes it into the page: an overview, and a view of each play.
import type { Band, Lane, LaneKind, RowKind, SequenceRow } from "../parts/sequence";
import { t } from "../words/index.svelte";

export type Verdict = "pass" | "fail" | "blocked" | "skipped";
/** In the order of attention. */
export const VERDICTS: readonly Verdict[] = ["fail", "blocked", "skipped", "pass"];

export interface Run {
  hubsim: string;
  zone_rules: string;
  python: string;
  platform: string;
  seed: number;
  world: string;
  where: string;
  command: string;
  began_at: string;
  took_s: number;
  interrupted: string;
  unplayed: number;
}

export interface PlayLine {
  title: string;
  /** The play in the address of the page. */
  anchor: string;
  file: string;
  covers: string[];
  tags: string[];
  world: string;
  seed: number;
  verdict: Verdict;
  reason: string;
  held: number;
  steps: number;
  took_s: number;
  world_ms: number;
}

export type ClauseStatus = "passed" | "failed" | "not_covered";

export interface ClauseLine {
  clause: string;
  text: string;
  chapter: string;
  status: ClauseStatus;
  plays: number[];
}

export interface Overview {
  run: Run;
  counts: Partial<Record<Verdict, number>>;
  clauses: ClauseLine[];
  plays: PlayLine[];
  /** The language of the report; English if it is absent. */
  lang?: string;
}

/** A hub in all views: `shows` is the hub itself, `app` what the app shows, `carrier` the record of its card. */
export interface Look {
  shows: Record<string, unknown>;
  app: Record<string, unknown> | null;
  carrier?: { profile: string; ordered: string | null } | null;
}

export interface StepView {
  kind: string;
  who: string;
  told: string;
  note: string | null;
  source: string;
  at: string;
  at_ms: number;
  after_s: number | null;
  held: boolean;
  outcome: string;
  refused: string | null;
  looks: Record<string, number>;
  rows_end: number;
  seen: unknown;
  by_hand: boolean;
}

export interface UnplayedStep {
  kind: string;
  who: string;
  told: string;
  note: string | null;
  at: string;
}

export interface PlayView {
  about: string;
  explanation: string[];
  again: string;
  zone: string;
  offsets: [number, number][];
  start_ms: number;
  began_at: string | null;
  opened_s: number | null;
  models: Record<string, string>;
  opening: Record<string, number>;
  opening_rows_end: number;
  steps: StepView[];
  unplayed: UnplayedStep[];
  looks: Look[];
  diagram: {
    lanes: { name: string; kind: string }[];
    rows: [number, string, number, number, string, Record<string, unknown>][];
  };
}

const parsed = new Map<string, unknown>();

/** Parse a block of data when it is first used: a report can have thousands of plays. */
function block<T>(name: string): T {
  if (!parsed.has(name)) parsed.set(name, JSON.parse(document.getElementById(name)?.textContent ?? "null"));
  return parsed.get(name) as T;
}

export const overview = (): Overview => block<Overview>("overview");
export const playView = (place: number): PlayView => block<PlayView>(`play-${place}`);

/** The lanes and rows of a play. The ids of the rows are their places. */
export function diagramOf({ diagram }: PlayView): { lanes: Lane[]; rows: SequenceRow[] } {
  return {
    lanes: diagram.lanes.map(({ name, kind }, place) => ({ id: String(place), name, kind: kind as LaneKind })),
    rows: diagram.rows.map(([at_ms, kind, source, target, label, facts], id) => ({
      id, at_ms, kind: kind as RowKind, source: String(source), target: String(target), label, facts,
    })),
  };
}

/** The rows of each step; -1: while the world was being built. */
export function bandsOf({ opening_rows_end, steps }: PlayView): Band[] {
  return [
    { id: -1, title: t("Building the world"), rowsEnd: opening_rows_end },
    ...steps.map(({ told, rows_end }, id) => ({ id, title: `${id + 1}  ${told.split("\n")[0]}`, rowsEnd: rows_end })),
  ];
}

/** The index of a row's step; -1: the world was being built. */
export function stepOf(view: PlayView, row: number): number {
  return row < view.opening_rows_end ? -1 : view.steps.findIndex((step) => row < step.rows_end);
}

/** The address of a play, or of one of its steps, from 1. */
export function addressOf(play: Pick<PlayLine, "anchor">, step = 0): string {
  const anchor = encodeURI(play.anchor).replaceAll("#", "%23").replaceAll("?", "%3F");
  return `#play/${anchor}${step ? `/step/${step}` : ""}`;
}

/** What an address shows. `step` counts from 0; null: the address names none. */
export type Shown = { play: number; step: number | null } | { play: null; clause: string; unknown: boolean };

/** Read the address of the page, after the `#`. */
export function shownAt(hash: string, plays: readonly Pick<PlayLine, "anchor">[]): Shown {
  let address = "";
  try {
    address = decodeURIComponent(hash.replace(/^#/, ""));
  } catch {
    // A malformed address shows all plays.
  }
  const [, anchor, step] = /^play\/(.+?)(?:\/step\/(\d+))?$/.exec(address) ?? [];
  const place = plays.findIndex((play) => play.anchor === anchor);
  if (place >= 0) return { play: place, step: step === undefined ? null : Number(step) - 1 };
  return { play: null, clause: /^clause\/(\w+)$/.exec(address)?.[1] ?? "", unknown: anchor !== undefined };
}

export interface Wanted {
  verdict: Verdict | "";
  clause: string;
  text: string;
}

/** Whether the list shows a play. */
export function matches(play: PlayLine, wanted: Wanted): boolean {
  if (wanted.verdict && play.verdict !== wanted.verdict) return false;
  if (wanted.clause && !play.covers.includes(wanted.clause)) return false;
  const inside = [play.title, play.file, play.reason, play.covers.join(" "), play.tags.join(" ")].join("\n").toLowerCase();
  return wanted.text.toLowerCase().split(/\s+/).every((word) => inside.includes(word));
}

/** The step that a play opens at: the one that is asked for, the first of a play that passed, else the last. */
export function firstStep(view: PlayView, verdict: Verdict, asked: number | null): number {
  return Math.min(asked ?? (verdict === "pass" ? 0 : view.steps.length - 1), view.steps.length - 1);
}

/** What of a hub a reader sees. */
function visible({ shows, app }: Look): string {
  const seen = app ?? shows;
  return JSON.stringify([shows.led, shows.led_pattern, shows.powered, seen.tile, seen.second_tile, seen.star, seen.icons, app?.online]);
}

/** The hubs that each step has visibly changed, with their look after it. */
export function changedHubs(view: PlayView): [string, Look][][] {
  const last: Record<string, number> = { ...view.opening };
  return view.steps.map((step) => {
    const changed: [string, Look][] = [];
    for (const [hub, place] of Object.entries(step.looks)) {
      const look = view.looks[place];
      const before = view.looks[last[hub] ?? -1];
      last[hub] = place;
      if (look && (!before || visible(before) !== visible(look))) changed.push([hub, look]);
    }
    return changed;
  });
}

/** An instant of real time, as text. */
export function realInstant(text: string): string {
  return text.replace("T", " ").replace(/(\.\d{3})\d*/, "$1").replace(/(\+00:00|Z)$/, " UTC");
}
