import { expect, test } from "vitest";

import { addressOf, changedHubs, firstStep, matches, shownAt, stepOf, type PlayLine, type PlayView } from "../../src/report/report-data";

const PLAY = {
  title: "Stop now", anchor: "ev%2fil/#play/Zażółć?.yaml", file: "a.yaml", covers: ["X1"], tags: ["short"], reason: "red", verdict: "fail",
} as PlayLine;

test("the address of a play leads back to it, with any file name", () => {
  const address = addressOf(PLAY, 3);

  expect(shownAt(address, [{ anchor: "other" }, PLAY])).toEqual({ play: 1, step: 2 });
  expect(shownAt(addressOf(PLAY), [PLAY])).toEqual({ play: 0, step: null });
});

test("any other address shows the list", () => {
  expect(shownAt("#clause/A7", [PLAY])).toEqual({ play: null, clause: "A7", unknown: false });
  expect(shownAt("#play/gone.yaml", [PLAY])).toEqual({ play: null, clause: "", unknown: true });
  expect(shownAt("#play/%", [PLAY])).toEqual({ play: null, clause: "", unknown: false });
  expect(shownAt("", [PLAY])).toEqual({ play: null, clause: "", unknown: false });
});

test("a play is found by all words, verdict and clause", () => {
  const all = { verdict: "", clause: "", text: "" } as const;

  expect(matches(PLAY, { ...all, text: "RED short" })).toBe(true);
  expect(matches(PLAY, { ...all, text: "red long" })).toBe(false);
  expect(matches(PLAY, { ...all, verdict: "pass" })).toBe(false);
  expect(matches(PLAY, { ...all, clause: "X1" })).toBe(true);
  expect(matches(PLAY, { ...all, clause: "A1" })).toBe(false);
});

const look = (led: string) => ({ shows: { led }, app: null });
const VIEW = {
  opening: { villa: 0 }, opening_rows_end: 2, looks: [look("green"), look("white"), { ...look("white"), carrier: null }],
  steps: [{ looks: { villa: 1 }, rows_end: 5 }, { looks: { villa: 2 }, rows_end: 5 }, { looks: { villa: 0 }, rows_end: 6 }],
} as unknown as PlayView;

test("a row belongs to the step that made it", () => {
  expect([0, 1, 2, 4, 5].map((row) => stepOf(VIEW, row))).toEqual([-1, -1, 0, 0, 2]);
});

test("only visible changes of a hub are shown at a step", () => {
  expect(changedHubs(VIEW).map((step) => step.map(([hub]) => hub))).toEqual([["villa"], [], ["villa"]]);
});

test("a play that failed opens at its end", () => {
  expect(firstStep(VIEW, "pass", null)).toBe(0);
  expect(firstStep(VIEW, "fail", null)).toBe(2);
  expect(firstStep(VIEW, "pass", 99)).toBe(2);
  expect(firstStep(VIEW, "pass", 1)).toBe(1);
});
