// Scenarios and plays on the server: their shapes, and how a play follows its events. Pure.
import type { components } from "../../api/schema";

type Schemas = components["schemas"];
export type ScenarioRow = Schemas["ScenarioRow"];
export type ScenarioStep = Schemas["ScenarioStep"];
export type Scenario = Schemas["ScenarioView"];
export type PlayState = Schemas["PlayState"];
export type StepState = Schemas["StepState"];
export type HostedStep = Schemas["HostedStep"];
export type HostedPlay = Schemas["HostedPlayView"];

/** The event `play` of the stream. */
export interface PlayProgress {
  play: string;
  scenario: string;
  title: string;
  world: string;
  state: PlayState;
  step: number;
  count: number;
  world_ms: number;
  changed: HostedStep[];
  awaited: string[];
  verdict: string | null;
  reason: string;
}

export function isOver(state: PlayState): boolean {
  return state !== "running" && state !== "paused";
}

/** The play after an event. Events of other plays change nothing. */
export function follow(play: HostedPlay, progress: PlayProgress): HostedPlay {
  if (progress.play !== play.play) return play;
  const changed = new Map(progress.changed.map((step) => [step.number, step]));
  const { state, step, world_ms, awaited, verdict, reason } = progress;
  return {
    ...play,
    state,
    step,
    world_ms,
    awaited,
    verdict,
    reason,
    // the stream has the language of the client that began the play; texts that were read have that of the page
    steps: play.steps.map((each) => ({ ...each, ...changed.get(each.number), text: each.text, who: each.who })),
  };
}

/** The number of the last step that was played; 0: the beginning. */
export function lastPlayed(steps: readonly HostedStep[]): number {
  return steps.findLast(({ state }) => state === "passed" || state === "failed")?.number ?? 0;
}

/** The lines of the file at which a play can pause: the first line of each step that the file has. */
export function stepLines(steps: readonly ScenarioStep[]): number[] {
  return [...new Set(steps.filter(({ file }) => file === null).map(({ line }) => line))].sort((a, b) => a - b);
}

/** The line of the step to which a line belongs; null: it is before the first step. */
export function stepLineOf(lines: readonly number[], line: number): number | null {
  return lines.findLast((each) => each <= line) ?? null;
}

/** Read breakpoints from the address of the page, such as `12,40`. Numbers that are not lines of steps are left out. */
export function breakpointsOf(text: string, lines: readonly number[]): number[] {
  return [...new Set(text.split(",").map(Number))].filter((line) => lines.includes(line)).sort((a, b) => a - b);
}

export interface CatalogFilter {
  search: string;
  clause: string;
  tag: string;
  kind: string;
}

/** Whether the list shows a scenario. */
export function listed(row: ScenarioRow, { search, clause, tag, kind }: CatalogFilter): boolean {
  if (clause && !row.covers.includes(clause)) return false;
  if (tag && !row.tags.includes(tag)) return false;
  if (kind && row.kind !== kind) return false;
  const text = [row.id, row.title, row.about, row.path, ...row.covers, ...row.tags].join("\n").toLowerCase();
  return search.toLowerCase().split(/\s+/).every((word) => text.includes(word));
}

/** The clauses in the order of the guide: by letter, then by number. */
export function clauseOrder(a: string, b: string): number {
  const [first, second] = [a, b].map((clause) => [clause.replace(/\d+/g, ""), Number(clause.replace(/\D+/g, ""))] as const);
  return first![0] < second![0] ? -1 : first![0] > second![0] ? 1 : first![1] - second![1];
}
