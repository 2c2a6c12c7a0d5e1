import { expect, test } from "vitest";

import { companyTracks, hubTracks, offlineSpans, serviceSpans, type HistoryRow } from "../../src/pages/history/fact-tracks";

const row = (at_ms: number, fact: string, details: Record<string, unknown> = {}): HistoryRow => ({
  at_ms,
  by: "person-1",
  fact,
  details,
});
const name = (id: string): string => `name of ${id}`;
const HUB = "3390F28D";

test("services have bars from their activation to their end, in two colours", () => {
  const spans = serviceSpans([
    row(1, "hub_added"),
    row(2, "service_activated"),
    row(3, "deactivation_scheduled"),
    row(4, "service_resumed"),
    row(5, "service_stopped"),
    row(6, "service_activated"),
  ]);

  expect(spans.map(({ from_ms, to_ms, tone }) => [from_ms, to_ms, tone])).toEqual([
    [2, 3, "ok"],
    [3, 4, "warn"],
    [4, 5, "ok"],
    [6, null, "ok"],
  ]);
});

test("a hub that is reported as online again ends the bar of its absence", () => {
  const rows = [row(1, "hub_reported_online"), row(2, "hub_reported_offline"), row(4, "hub_reported_online"), row(5, "hub_reported_offline")];

  expect(offlineSpans(rows).map(({ from_ms, to_ms }) => [from_ms, to_ms])).toEqual([
    [2, 4],
    [5, null],
  ]);
});

test("a hub has a track for each topic that has facts, and a new fact has one, too", () => {
  const tracks = hubTracks([row(1, "hub_added"), row(2, "service_activated"), row(3, "something_new")], name);

  expect(tracks.map(({ id, facts, spans }) => [id, facts.length, spans.length])).toEqual([
    ["services", 1, 1],
    ["objects", 1, 0],
    ["company", 1, 0],
  ]);
  expect(tracks[0]?.facts[0]).toMatchObject({ text: "services activated", details: { by: "name of person-1" } });
});

test("a company has its own topics and a track for each of its hubs", () => {
  const tracks = companyTracks(
    [row(1, "company_created"), row(2, "hub_added", { hub: HUB }), row(3, "service_activated", { hub: HUB }), row(4, "invoice_issued")],
    name,
    (hub) => `hub ${hub}`,
  );

  expect(tracks.map(({ name: title, facts }) => [title, facts.length])).toEqual([
    ["Invoices", 1],
    ["Company", 1],
    [`hub ${HUB}`, 2],
  ]);
  expect(tracks[2]?.spans.length).toBe(1);
});

test("no two facts of all tracks have the same id", () => {
  const tracks = companyTracks([row(1, "hub_added", { hub: "A" }), row(1, "hub_added", { hub: "B" })], name, name);
  const ids = tracks.flatMap(({ facts }) => facts.map(({ id }) => id));

  expect(new Set(ids).size).toBe(2);
});

test("an order has the colour of its confirmation", () => {
  const tracks = hubTracks([row(1, "carrier_order_confirmed", { stage: "failed" }), row(2, "carrier_order_confirmed", { stage: "executed" })], name);

  expect(tracks[0]?.facts.map(({ tone }) => tone)).toEqual(["bad", "ok"]);
});

test("a hub has bars of its service, of the SIM at the carrier and of its absences", () => {
  const order = { iccid: "89", sequence: 1 };
  const tracks = hubTracks(
    [
      row(1, "hub_added"), row(2, "service_activated"), row(3, "carrier_order_placed", { ...order, profile: "active" }),
      row(4, "carrier_order_confirmed", { ...order, stage: "accepted" }),
      row(5, "carrier_order_confirmed", { ...order, stage: "executed" }),
      row(6, "hub_reported_offline"), row(7, "hub_reported_online"), row(8, "deactivation_scheduled", { ends_at_ms: 99 }),
    ],
    name,
  );
  const spans = Object.fromEntries(tracks.map(({ id, spans: each }) => [id, each.map(({ from_ms, to_ms, text }) => [from_ms, to_ms, text])]));

  expect(spans.services).toEqual([[2, 8, "Activated"], [8, 99, "Expires soon"]]);
  expect(spans.carrier).toEqual([[5, null, "SIM active"]]);
  expect(spans.device).toEqual([[6, 7, "Offline"]]);
});

test("a part of a history whose order is older has no bar for its confirmation", () => {
  const rows = [row(5, "carrier_order_confirmed", { iccid: "89", sequence: 1, stage: "executed" })];

  expect(hubTracks(rows, name).find(({ id }) => id === "carrier")?.spans).toEqual([]);
});
