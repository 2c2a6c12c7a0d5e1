import { expect, test } from "vitest";

import { barOf, clusters, moved, placeOf, ticks, toneOf, wholeRange, zoomed, type TimelineFact } from "../../src/parts/timeline";
import { clockOfOffsets, clockOfZone, span, took } from "../../src/parts/world-clock";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const MARCH_1 = Date.UTC(2026, 2, 1) - HOUR; // midnight in Warsaw
const clock = clockOfZone("Europe/Warsaw", "en");

test("months begin at midnight of the zone, also across a change of the offset", () => {
  expect(clock.months(MARCH_1 - DAY, MARCH_1 + 40 * DAY)).toEqual([MARCH_1, Date.UTC(2026, 3, 1) - 2 * HOUR]);
  expect(clock.time(Date.UTC(2026, 2, 29, 2))).toBe("04:00:00");
  expect(clockOfOffsets([[0, HOUR], [1000, 2 * HOUR]], "en").time(1000)).toBe("02:00:01");
  expect(clockOfZone("Europe/Warsaw", "pl").day(MARCH_1)).toBe("niedziela, 1 marca 2026");
});

test("durations have their two largest units", () => {
  expect([span(0), span(90_061_000), span(61_001)]).toEqual(["0 s", "1 d 1 h", "1 min 1 s"]);
  expect([took(null), took(0.0123), took(2.5), took(125)]).toEqual(["", "12.3 ms", "2.50 s", "2 min 5 s"]);
});

test("the whole range has all facts and now", () => {
  const tracks = [{ id: "a", name: "a", spans: [{ from_ms: 100, to_ms: null, text: "", tone: "ok" as const }], facts: [] }];
  const range = wholeRange(tracks, 1_000_000);

  expect(range.from_ms).toBeLessThan(100);
  expect(range.to_ms).toBeGreaterThan(1_000_000);
  expect(wholeRange([], 5).to_ms).toBeGreaterThan(wholeRange([], 5).from_ms);
});

test("zooming keeps the place that it is about, and never ends in nothing", () => {
  const range = { from_ms: 0, to_ms: 10 * DAY };

  expect(zoomed(range, 0.5)).toEqual({ from_ms: 2.5 * DAY, to_ms: 7.5 * DAY });
  expect(zoomed(range, 0.5, 0)).toEqual({ from_ms: 0, to_ms: 5 * DAY });
  const tiny = zoomed(range, 0);
  expect(tiny.to_ms - tiny.from_ms).toBe(60_000);
  expect(moved(range, -0.5)).toEqual({ from_ms: -5 * DAY, to_ms: 5 * DAY });
});

test("ticks are months for a long range and round times for a short one", () => {
  expect(ticks({ from_ms: MARCH_1 - 70 * DAY, to_ms: MARCH_1 + DAY }, clock, 8).map(({ text }) => text)).toEqual([
    "1 Jan 2026", "1 Feb 2026", "1 Mar 2026",
  ]);
  expect(ticks({ from_ms: MARCH_1 + 10 * 60_000, to_ms: MARCH_1 + 4 * HOUR }, clock, 8).map(({ text }) => text)).toEqual([
    "01:00", "02:00", "03:00",
  ]);
});

test("facts that are too near become one mark with the most alarming tone", () => {
  const facts: TimelineFact[] = [
    { id: 1, at_ms: 10, text: "", tone: "ok" }, { id: 2, at_ms: 12, text: "", tone: "bad" }, { id: 3, at_ms: 90, text: "", tone: "plain" },
    { id: 4, at_ms: 200, text: "", tone: "plain" },
  ];
  const found = clusters(facts, { from_ms: 0, to_ms: 100 }, 100, 15);

  expect(found.map((each) => each.facts.map(({ id }) => id))).toEqual([[1, 2], [3]]);
  expect(found.map(toneOf)).toEqual(["bad", "plain"]);
});

test("a bar is cut at the view", () => {
  const range = { from_ms: 0, to_ms: 100 };

  expect(barOf({ from_ms: -50, to_ms: null, text: "", tone: "ok" }, range, 100, 40)).toEqual({ x: 0, width: 40 });
  expect(barOf({ from_ms: 150, to_ms: 160, text: "", tone: "ok" }, range, 100, 40)).toBeNull();
  expect(placeOf(25, range, 200)).toBe(50);
});
