import { expect, test } from "vitest";

import { rowsOf } from "../../src/parts/live-sequence.svelte";
import {
  SHOW_ALL, between, broughtIntoView, cut, groupsOf, laneWidths, layout, matcher, payloadBefore, visible, BAND_HEIGHT, ROW_HEIGHT,
  type Lane, type RowKind, type SequenceRow,
} from "../../src/parts/sequence";
import { kindChoice } from "../../src/parts/wire-words";

const LANES: Lane[] = [
  { id: "ivan", name: "ivan", kind: "person" }, { id: "cloud", name: "cloud", kind: "cloud" },
  { id: "broker", name: "broker", kind: "broker" }, { id: "AA01", name: "villa", kind: "hub" },
];

function row(id: number, kind: RowKind, source: string, target: string, facts: Record<string, unknown> = {}): SequenceRow {
  return { id, at_ms: Math.floor(id / 2) * 1000, kind, source, target, label: `row ${id}`, facts };
}

const ROWS = [
  row(0, "wish", "ivan", "cloud"), row(1, "fact", "cloud", "cloud"),
  row(2, "message", "AA01", "cloud", { topic: "t", payload: '{"lid_open":true}' }), row(3, "fault", "broker", "broker"),
];
const all = matcher(SHOW_ALL, LANES);

test("rows are below each other, and each instant has its time once", () => {
  const { placed, height } = layout(ROWS, [], all);

  expect(placed.map((each) => each.kind === "row" && each.time)).toEqual([true, false, true, false]);
  expect(placed.map(({ top }) => top)).toEqual([8, 8 + ROW_HEIGHT, 8 + 2 * ROW_HEIGHT, 8 + 3 * ROW_HEIGHT]);
  expect(height).toBeGreaterThanOrEqual(8 + 4 * ROW_HEIGHT);
});

test("bands have a head, also when a filter hides all their rows", () => {
  const bands = [{ id: -1, title: "before", rowsEnd: 1 }, { id: 0, title: "step", rowsEnd: 4 }];
  const { placed, bands: extents } = layout(ROWS, bands, (each) => each.id >= 2);

  expect(placed.map((each) => (each.kind === "band" ? each.band.id : each.row.id))).toEqual([-1, 0, 2, 3]);
  expect(extents.map(({ top }) => top)).toEqual([8, 8 + BAND_HEIGHT + 6]);
  expect((extents[0]?.top ?? 0) + (extents[0]?.height ?? 0)).toBeLessThan(extents[1]?.top ?? 0);
});

test("the part in view costs a page, and has all rows that can be seen", () => {
  const many = Array.from({ length: 50_000 }, (_, id) => row(id, "fact", "cloud", "cloud"));
  const { placed } = layout(many, [], all);
  const { begin, end } = visible(placed, 100_000, 100_600, 0);

  expect(end - begin).toBeLessThan(25);
  expect(placed[begin]?.top).toBeLessThanOrEqual(100_000);
  expect((placed[end - 1]?.top ?? 0) + ROW_HEIGHT).toBeGreaterThanOrEqual(100_600);
  expect(visible([], 0, 600)).toEqual({ begin: 0, end: 0 });
});

test("a filter hides groups and participants, and finds all words in the details", () => {
  const ids = (filter: Partial<typeof SHOW_ALL>) => ROWS.filter(matcher({ ...SHOW_ALL, ...filter }, LANES)).map(({ id }) => id);

  expect(ids({ hiddenGroups: new Set(["people", "facts"]) })).toEqual([2, 3]);
  expect(ids({ hiddenLanes: new Set(["ivan"]) })).toEqual([1, 2, 3]);
  expect(ids({ hiddenLanes: new Set(["cloud", "broker"]) })).toEqual([3]);
  expect(ids({ search: 'VILLA "lid_open":true' })).toEqual([2]);
  expect(ids({ search: "villa absent" })).toEqual([]);
});

test("packets are a choice only where there are some", () => {
  expect(groupsOf(ROWS).map(({ name }) => name)).toEqual(["messages", "people", "bench", "facts"]);
  expect(groupsOf([...ROWS, row(4, "packet", "AA01", "broker")]).at(-1)?.name).toBe("packets");
});

test("a message goes to the broker for its receiver", () => {
  expect(ROWS.map((each) => between(each, LANES))).toEqual([
    "ivan → cloud", "cloud", "villa → broker, for cloud", "broker",
  ]);
});

test("the payload before is that of the same topic and way", () => {
  const rows = [
    row(0, "published", "AA01", "broker", { topic: "a", payload: "1" }), row(1, "delivered", "broker", "cloud", { topic: "a", payload: "2" }),
    row(2, "published", "AA01", "broker", { topic: "b", payload: "3" }), row(3, "published", "AA01", "broker", { topic: "a", payload: "4" }),
  ];

  expect(payloadBefore(rows, rows[3] as SequenceRow)).toBe("1");
  expect(payloadBefore(rows, rows[0] as SequenceRow)).toBeNull();
});

test("lanes share the room, within bounds", () => {
  const { lane, width, x } = laneWidths(5, 900);

  expect(x(1) - x(0)).toBeCloseTo(lane);
  expect(x(4)).toBeLessThan(width);
  expect(laneWidths(40, 900).lane).toBe(108);
  expect(cut("a long name", 40, 8)).toBe("a lo…");
});

test("a delivery is an arrow from the broker, and a lost one is marked", () => {
  const message = {
    at_ms: 5, topic: "hubsim/v1/hubs/AA01/desired", kind: "desired", subject: "AA01", hub: "AA01", sender: "cloud",
    receiver: "AA01", stage: "dropped", payload: { version: 4, service: "active" }, text: null, qos: 1, retain: true,
  };

  expect(rowsOf("message", message)).toMatchObject([
    { kind: "dropped", source: "broker", target: "AA01", label: "desired v4, active (dropped)" },
  ]);
  expect(rowsOf("message", { ...message, stage: "published" })).toMatchObject([{ source: "cloud", target: "broker" }]);
  expect(rowsOf("message", { ...message, payload: null, text: "{{" })[0]?.facts.payload).toBe("{{");
});

test("a view scrolls no further than it must to show a part", () => {
  expect(broughtIntoView({ begin: 120, end: 180 }, 100, 200)).toBe(100);
  expect(broughtIntoView({ begin: 250, end: 350 }, 100, 200)).toBe(150);
  expect(broughtIntoView({ begin: 50, end: 90 }, 100, 200)).toBe(50);
  expect(broughtIntoView({ begin: 400, end: 900 }, 100, 200)).toBe(400);
});

test("a refused act is a command and its refusal", () => {
  const actor = { name: "Ivan", email: "ivan@wolf.example", company_name: "Wolf", client: "pro_app" };
  const act = { at_ms: 5, actor, act: "activate", hub: "AA01", facts: {}, refused: "sim_not_installed" };

  expect(rowsOf("act", act)).toMatchObject([
    { kind: "wish", source: "Ivan", target: "cloud", label: "activate" },
    { kind: "refused", source: "cloud", target: "Ivan", label: "refused: sim not installed" },
  ]);
});

test("an act has its name of the wire among its details, by which a search finds it in every language", () => {
  const [wish] = rowsOf("act", {
    at_ms: 0, act: "stop_now", hub: null, facts: {}, refused: null,
    actor: { name: "Ivan", email: null, company_name: null, client: "pro_desktop" },
  });

  expect(wish).toMatchObject({ label: "stop now", facts: { act: "stop_now" } });
});

test("a kind of message to choose has the words of its name, and a new kind has its name", () => {
  expect(["desired", "cloud_presence", "new_kind"].map(kindChoice)).toEqual(["desired", "cloud presence", "new kind"]);
});
