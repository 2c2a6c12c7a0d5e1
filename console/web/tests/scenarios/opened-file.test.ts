import { expect, test } from "vitest";

import { opened } from "../../src/pages/scenarios/opened-file";
import { BadFile } from "../../src/pages/scenarios/viewed-play";

const HUB = "3390F28D";
const BEGAN = {
  event: "play_began",
  at_ms: 1_000,
  format: 1,
  hubsim: "1",
  scenario: "A cable",
  file: "a.yaml",
  case: { model: "hub-2" },
  seed: 3,
  world: "virtual",
  zone: "Europe/Warsaw",
  names: { [HUB]: "villa", "8988300000000000013": "villa/sim-1" },
};
const ENDED = { event: "play_ended", at_ms: 9_000, verdict: "fail", steps: 2, reason: "tile is none" };
const lines = (...records: object[]): string => records.map((record) => JSON.stringify(record)).join("\n") + "\n";
const bad = (text: string): string => {
  try {
    opened("my.file", text);
  } catch (error) {
    if (error instanceof BadFile) return error.message;
    throw error;
  }
  throw new Error("the file was accepted");
};

test("a trace has its plays, with lanes and rows", () => {
  const file = opened(
    "t.jsonl",
    lines(
      BEGAN,
      { event: "act", at_ms: 1_000, who: "ivan", do: "stop_now" },
      { event: "answered", at_ms: 1_000, who: "ivan", do: "stop_now", refused: "not_active" },
      { event: "published", at_ms: 1_500, who: "cloud", topic: `hubsim/v1/hubs/${HUB}/desired`, payload: '{"version":4,"service":"active"}' },
      { event: "published", at_ms: 1_500, who: "cloud", topic: "hubsim/v1/carrier/orders/8988300000000000013", payload: '{"sequence":1,"profile":"active"}' },
      { event: "bench", at_ms: 1_600, who: HUB, do: "set_mains" },
      { event: "interfered", at_ms: 1_700, who: HUB, topic: `hubsim/v1/hubs/${HUB}/desired`, arrives: 0 },
      { event: "connection_lost", at_ms: 2_000, who: HUB },
      { event: "something_new", at_ms: 2_000, who: "cloud" },
      ENDED,
    ),
  );

  const [play] = file.plays;
  expect(file.kind).toBe("trace");
  expect(play).toMatchObject({ title: "A cable", verdict: "fail", reason: "tile is none", seed: 3 });
  expect(play?.view.zone).toBe("Europe/Warsaw");
  expect(play?.lanes.map((lane) => lane.name)).toEqual(["ivan", "cloud", "broker", "carrier", "villa"]);
  expect(play?.rows.map((row) => [row.kind, row.source, row.target, row.label])).toEqual([
    ["wish", "ivan", "cloud", "stop now"],
    ["refused", "cloud", "ivan", "refused: not active"],
    ["message", "cloud", HUB, "desired v4, active"],
    ["message", "cloud", "carrier", "orders 1, active (card …0013)"],
    ["bench_action", HUB, HUB, "set mains"],
    ["struck", "broker", HUB, "desired is not delivered now"],
    ["lost", HUB, "broker", "connection lost"],
    ["other", "cloud", "cloud", "something new"],
  ]);
});

test("a trace can have several plays, and a play without an end was cut off", () => {
  const file = opened("t.jsonl", lines(BEGAN, BEGAN, ENDED, BEGAN));

  expect(file.plays.map((play) => play.verdict)).toEqual([null, "fail", null]);
});

test("a trace of one line is a trace", () => {
  expect(opened("t.jsonl", JSON.stringify(BEGAN)).plays[0]?.title).toBe("A cable");
});

test("results have steps with what each hub showed, the failed one included", () => {
  const step = { number: 1, does: "pulls the cable", step: "{bench: villa}", file: "a.yaml", line: 9, at_ms: 1_000, hubs: { villa: { shows: { led: "green" }, app: { tile: "none" } } } };
  const play = {
    scenario: "A cable", file: "a.yaml", case: {}, seed: 1, world: "virtual", verdict: "fail", reason: "tile is none",
    explanation: ["line 12"], world_began_ms: 500, world_ended_ms: 2_000, opening: { villa: { shows: { led: "white" } } },
    steps: [step],
    failed: { file: "a.yaml", line: 12, does: "expects a tile", step: "{expect: villa}" },
    aftermath: { looks: { villa: { app: { tile: "none" } } } },
  };

  const file = opened("r.json", JSON.stringify({ format: 1, plays: [play] }));

  const view = file.plays[0]!.view;
  expect(file.kind).toBe("results");
  expect(view.steps.map(({ at, held, outcome }) => [at, held, outcome])).toEqual([
    ["a.yaml:9", true, ""],
    ["a.yaml:12", false, "tile is none"],
  ]);
  expect(view.looks[view.steps[0]!.looks.villa!]?.shows.led).toBe("green");
  expect(view.looks[view.steps[1]!.looks.villa!]?.app?.tile).toBe("none");
  expect(view.looks[view.opening.villa!]?.shows.led).toBe("white");
  expect(view.explanation).toEqual(["line 12"]);
});

test("a soft step that failed is not shown twice", () => {
  const step = { number: 1, does: "x", step: "{expect: villa}", file: "a.yaml", line: 12, at_ms: 1_000, failure: "no" };
  const play = {
    scenario: "S", file: "a.yaml", seed: 1, world: "virtual", verdict: "fail", reason: "no", steps: [step],
    world_began_ms: 0, world_ended_ms: 0, failed: { file: "a.yaml", line: 12, step: "{expect: villa}" },
  };

  expect(opened("r.json", JSON.stringify({ format: 1, plays: [play] })).plays[0]?.view.steps.length).toBe(1);
});

test.each([
  ["", "my.file: the file is empty"],
  ["<!doctype html>", "my.file: this is a page: open it in a tab of the browser"],
  ["steps: []", "my.file:1: neither results (hubsim run --json FILE) nor a trace (hubsim run --trace FILE)"],
  ['{"a": 1}', "my.file: neither results (hubsim run --json FILE) nor a trace (hubsim run --trace FILE)"],
  ['{"format": 1, "plays": []}', "my.file: the file has no play"],
  ['{"format": 2, "plays": []}', "my.file: format: the file has format 2, this page reads 1: update hubsim"],
  ['{"format": 1, "plays": [7]}', "my.file: plays[0].play: an object is expected"],
  ['{"format": 1, "plays": {}}', "my.file: plays: a list is expected"],
  ['{"format": 1, "plays": [{"verdict": "pass", "world_began_ms": 0, "steps": [{"step": 7}]}]}', "my.file: plays[0].steps[0].step: a text is expected"],
  [lines(BEGAN) + "{", "my.file:2: this line is not JSON; the file ends in the middle of it"],
  [lines(BEGAN) + "x\n{}\n", "my.file:2: this line is not JSON"],
  [lines(BEGAN) + "[]\n", "my.file:2: the line: an object is expected"],
  [lines(ENDED), "my.file:1: 'play_ended' is before the head of a play, the event 'play_began'"],
  [lines({ ...BEGAN, format: 9 }), "my.file:1: the trace has format 9, this page reads 1: update hubsim"],
  [lines({ ...BEGAN, at_ms: -1 }), "my.file:1: at_ms: the time is before 1970 or after 9998"],
  [lines({ ...BEGAN, names: 3 }, ENDED), "my.file:1: names: an object is expected"],
  [lines(BEGAN, { ...ENDED, verdict: "good" }), "my.file:2: verdict: one of pass, fail, blocked, skipped is expected"],
  [lines(BEGAN, { event: "act", at_ms: 1 }), "my.file:2: who: a text is expected"],
])("a bad file gets a message that says where and what: %j", (text, message) => {
  expect(bad(text)).toBe(message);
});

test("any change of one character gives plays or a message", () => {
  const text = lines(BEGAN, { event: "act", at_ms: 1_000, who: "ivan", do: "x" }, ENDED);
  for (let place = 0; place < text.length; place += 1) {
    for (const sign of ['"', "{", "0", "\n"]) {
      const changed = text.slice(0, place) + sign + text.slice(place + 1);
      try {
        opened("t", changed);
      } catch (error) {
        expect(error, changed).toBeInstanceOf(BadFile);
      }
    }
  }
});
