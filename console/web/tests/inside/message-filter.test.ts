import { expect, test } from "vitest";

import type { Lane, SequenceRow } from "../../src/parts/sequence";
import { foldHubs, isAbout, isOfKind, OTHER_HUBS } from "../../src/pages/inside/message-filter";

const HUB = "3390F28D";
const CARD = "8988300000000000013";
const row = (fields: Partial<SequenceRow>): SequenceRow => ({
  id: 1,
  at_ms: 0,
  kind: "published",
  source: "cloud",
  target: "broker",
  label: "x",
  facts: {},
  ...fields,
});
const lane = (id: string, kind: Lane["kind"] = "hub"): Lane => ({ id, name: `name of ${id}`, kind });

test("a row is about a hub by its ends, its topic, its card or its details", () => {
  expect(isAbout(row({ source: HUB }), HUB, [])).toBe(true);
  expect(isAbout(row({ target: HUB }), HUB, [])).toBe(true);
  expect(isAbout(row({ facts: { topic: `hubsim/v1/hubs/${HUB}/desired` } }), HUB, [])).toBe(true);
  expect(isAbout(row({ facts: { topic: `hubsim/v1/carrier/orders/${CARD}` } }), HUB, [CARD])).toBe(true);
  expect(isAbout(row({ facts: { iccid: CARD } }), HUB, [CARD])).toBe(true);
  expect(isAbout(row({ facts: { hub: HUB } }), HUB, [])).toBe(true);
  expect(isAbout(row({ facts: { fault: { fault: "cut", hub: HUB } } }), HUB, [])).toBe(true);

  expect(isAbout(row({ facts: { topic: "hubsim/v1/hubs/0A1B2C3D/desired", fault: "cut" } }), HUB, [CARD])).toBe(false);
  expect(isAbout(row({ facts: { topic: "hubsim/v1/cloud/presence" } }), HUB, [])).toBe(false);
});

test("a row is of the kind of its topic", () => {
  expect(isOfKind(row({ facts: { topic: "p/carrier/orders/1" } }), "orders")).toBe(true);
  expect(isOfKind(row({ facts: { topic: "p/cloud/presence" } }), "cloud_presence")).toBe(true);
  expect(isOfKind(row({ facts: { topic: "p/hubs/1/presence" } }), "cloud_presence")).toBe(false);
  expect(isOfKind(row({ kind: "wish" }), "orders")).toBe(false);
});

test("few hubs keep their lanes", () => {
  const lanes = [lane("cloud", "cloud"), lane("A"), lane("B")];

  expect(foldHubs(lanes, [row({ source: "A" })], 2, "others").lanes).toEqual(lanes);
});

test("the hubs that came first have lanes, the rows of the others say whose they are", () => {
  const lanes = [lane("cloud", "cloud"), lane("A"), lane("B"), lane("C"), lane("third_party", "third_party")];
  const rows = [row({ source: "A", label: "a" }), row({ source: "C", label: "c" }), row({ target: "B", label: "b" })];

  const folded = foldHubs(lanes, rows, 1, "others");

  expect(folded.lanes.map(({ id }) => id)).toEqual(["cloud", "A", OTHER_HUBS, "third_party"]);
  expect(folded.rows.map(({ source, target, label }) => [source, target, label])).toEqual([
    ["A", "broker", "a"],
    [OTHER_HUBS, "broker", "name of C: c"],
    ["cloud", OTHER_HUBS, "name of B: b"],
  ]);
});
