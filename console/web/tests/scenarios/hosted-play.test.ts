import { expect, test } from "vitest";

import {
  breakpointsOf,
  clauseOrder,
  follow,
  isOver,
  lastPlayed,
  listed,
  stepLineOf,
  stepLines,
  type HostedPlay,
  type HostedStep,
  type PlayProgress,
  type ScenarioRow,
  type StepState,
} from "../../src/pages/scenarios/hosted-play";
import { yamlTokens } from "../../src/pages/scenarios/yaml-tokens";

const step = (number: number, state: StepState, fields: Partial<HostedStep> = {}): HostedStep => ({
  number,
  line: number * 10,
  file: null,
  keyword: "as",
  who: "ivan",
  text: "does it",
  note: null,
  state,
  at_ms: null,
  saw: "",
  differences: [],
  ...fields,
});
const PLAY: HostedPlay = {
  play: "p1",
  scenario: "001",
  case: {},
  title: "T",
  world: "play-p1",
  own_world: true,
  seed: 1,
  pace_ms: 0,
  breakpoints: [],
  state: "running",
  step: 1,
  world_ms: 0,
  steps: [step(1, "running"), step(2, "waiting"), step(3, "waiting")],
  awaited: [],
  verdict: null,
  reason: "",
  hubs: {},
  report: null,
};
const progress = (fields: Partial<PlayProgress>): PlayProgress => ({
  play: "p1",
  scenario: "001",
  title: "T",
  world: "play-p1",
  state: "running",
  step: 2,
  count: 3,
  world_ms: 50,
  changed: [step(1, "passed", { saw: "seen" }), step(2, "running")],
  awaited: ["tile is activated"],
  verdict: null,
  reason: "",
  ...fields,
});

test("a step keeps the text in the language of the page", () => {
  const polish = { ...PLAY, steps: [step(1, "running", { text: "robi to", who: "stanowisko" })] };

  const { steps } = follow(polish, progress({ changed: [step(1, "passed", { text: "does it", who: "bench" })] }));

  expect(steps[0]).toMatchObject({ state: "passed", text: "robi to", who: "stanowisko" });
});

test("a play follows its events, and ignores those of others", () => {
  const play = follow(PLAY, progress({}));

  expect(play.steps.map(({ state }) => state)).toEqual(["passed", "running", "waiting"]);
  expect([play.step, play.world_ms, play.awaited, play.steps[0]?.saw]).toEqual([2, 50, ["tile is activated"], "seen"]);
  expect(follow(PLAY, progress({ play: "p2" }))).toBe(PLAY);
});

test("a play is over when it neither runs nor pauses", () => {
  const states = ["running", "paused", "passed", "failed", "blocked", "skipped", "stopped"] as const;

  expect(states.filter((state) => !isOver(state))).toEqual(["running", "paused"]);
});

test("time travel goes to the last step that was played", () => {
  expect(lastPlayed(PLAY.steps)).toBe(0);
  expect(lastPlayed([step(1, "passed"), step(2, "failed"), step(3, "unplayed")])).toBe(2);
});

test("breakpoints are lines of steps of the file itself", () => {
  const lines = stepLines([step(2, "waiting"), step(1, "waiting"), step(9, "waiting", { file: "fragment.yaml" })]);

  expect(lines).toEqual([10, 20]);
  expect(stepLineOf(lines, 9)).toBe(null);
  expect(stepLineOf(lines, 19)).toBe(10);
  expect(stepLineOf(lines, 99)).toBe(20);
  expect(breakpointsOf("20,10,20,7,x", lines)).toEqual([10, 20]);
  expect(breakpointsOf("", lines)).toEqual([]);
});

test("the catalog is filtered by words, clause, tag and kind", () => {
  const row: ScenarioRow = {
    id: "001-first-login",
    path: "catalog/001-first-login.yaml",
    title: "From first login to Stop now",
    about: "",
    covers: ["A3", "X1"],
    tags: ["journey"],
    steps: 30,
    cases: 1,
    kind: "catalog",
    mistakes: "",
    plays: [],
  };
  const all = { search: "", clause: "", tag: "", kind: "" };

  expect(listed(row, all)).toBe(true);
  expect(listed(row, { ...all, search: "STOP  journey 001" })).toBe(true);
  expect(listed(row, { ...all, search: "stop nothing" })).toBe(false);
  expect(listed(row, { ...all, clause: "X1" })).toBe(true);
  expect(listed(row, { ...all, clause: "X" })).toBe(false);
  expect(listed(row, { ...all, tag: "journey" })).toBe(true);
  expect(listed(row, { ...all, kind: "own" })).toBe(false);
});

test("clauses are in the order of their letter and number", () => {
  expect(["X1", "A10", "C1", "A2"].sort(clauseOrder)).toEqual(["A2", "A10", "C1", "X1"]);
});

test.each(['  - {as: ivan, do: activate, hub: front-door}  # note', 'clock: 2026-01-15 09:00 "a # b"', "a#b: it's", ""])(
  "the tokens of a line are the line: %j",
  (line) => {
    expect(yamlTokens(line).map(({ text }) => text).join("")).toBe(line);
  },
);

test("keys, comments and texts have their colours", () => {
  expect(yamlTokens('do: "x"  # y').map(({ kind }) => kind)).toEqual(["key", "sign", "plain", "text", "plain", "comment"]);
});
