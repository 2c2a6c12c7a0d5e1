import { expect, test } from "vitest";

import { FACETS } from "../../src/pages/fleet/facets";
import { SORT_KEYS, sortingOf, sortingText, type SortColumn } from "../../src/pages/fleet/fleet-columns";
import type { FleetHub } from "../../src/api/fleet_hub";
import { FleetTable } from "../../src/pages/fleet/fleet-table";
import { hubOf } from "./fleets";

const BY_NAME = { column: "name", down: false } as const;
const ALL = { search: "", states: [] };

function tableOf(...hubs: FleetHub[]): FleetTable {
  const table = new FleetTable();
  table.put(hubs);
  return table;
}

test("hubs are sorted by name, with numbers in their order", () => {
  const table = tableOf(hubOf("C", { name: "Villa 10" }), hubOf("B", { name: "Villa 9" }), hubOf("A"));

  expect(table.ids()).toEqual(["A", "B", "C"]);
});

test("a search finds hubs that have all words, in any field", () => {
  const table = tableOf(
    hubOf("A", { name: "Villa", company_name: "Wolf Security" }),
    hubOf("B", { name: "Villa", company_name: "Fox" }),
  );

  table.show({ search: " villa  WOLF", states: [] }, BY_NAME);

  expect(table.ids()).toEqual(["A"]);
  expect(table.size).toBe(2);
});

test("a search finds a model by its name for people and by the one of the API", () => {
  const table = tableOf(hubOf("A", { model: "hub-2-4g" }), hubOf("B", { model: "hub-2-plus" }));

  table.show({ search: "hub 2 (4g)", states: [] }, BY_NAME);
  expect(table.ids()).toEqual(["A"]);
  table.show({ search: "hub-2-plus", states: [] }, BY_NAME);
  expect(table.ids()).toEqual(["B"]);
});

test("states of one group widen the filter, states of two groups narrow it", () => {
  const table = tableOf(
    hubOf("A", { tile: "activated", online: true }),
    hubOf("B", { tile: "expires_soon", online: false }),
    hubOf("C", { tile: "none", online: false }),
  );

  table.show({ search: "", states: ["activated", "expires_soon"] }, BY_NAME);
  expect(table.ids()).toEqual(["A", "B"]);

  table.show({ search: "", states: ["activated", "expires_soon", "offline"] }, BY_NAME);
  expect(table.ids()).toEqual(["B"]);
});

test("a change moves a hub into the filter, out of it and to its place, and is counted", () => {
  const table = tableOf(hubOf("A"), hubOf("B", { tile: "none" }), hubOf("C"));
  table.show({ search: "", states: ["activated"] }, { column: "battery", down: true });

  table.put([hubOf("B", { battery_percent: 50 }), hubOf("A", { battery_percent: 10 }), hubOf("C", { tile: "none" })]);

  expect(table.ids()).toEqual(["B", "A"]);
  expect(table.counts).toMatchObject({ activated: 2, not_available: 1, low_battery: 1, online: 3 });
});

test("a hub that was removed is neither shown nor counted", () => {
  const table = tableOf(hubOf("A"), hubOf("B"));

  table.remove("A");
  table.remove("not there");

  expect(table.ids()).toEqual(["B"]);
  expect(table.counts.activated).toBe(1);
});

test("hubs without a value come last in both directions", () => {
  const table = tableOf(hubOf("A", { battery_percent: null }), hubOf("B", { battery_percent: 5 }), hubOf("C"));

  table.show(ALL, { column: "battery", down: true });
  expect(table.ids()).toEqual(["C", "B", "A"]);

  table.show(ALL, { column: "battery", down: false });
  expect(table.ids()).toEqual(["B", "C", "A"]);
});

test("after any changes the table is the same as one that is filled at once", () => {
  let seed = 7;
  const chance = (limit: number): number => (seed = (seed * 48_271) % 2_147_483_647) % limit;
  const some = (): FleetHub =>
    hubOf(`H${chance(60)}`, {
      name: chance(4) ? `Villa ${chance(20)}` : null,
      tile: (["none", "activated", "expires_soon", "activation_required"] as const)[chance(4)],
      online: chance(2) === 0,
      battery_percent: chance(5) ? chance(101) : null,
      company_name: chance(3) ? `Wolf ${chance(5)}` : null,
      led: chance(5) ? { color: "red", blink: false } : null,
    });

  for (const column of Object.keys(SORT_KEYS) as SortColumn[]) {
    const sorting = { column, down: chance(2) === 0 };
    const filter = { search: chance(2) ? "villa" : "", states: chance(2) ? ["activated", "offline"] : [] };
    const table = new FleetTable();
    table.show(filter, sorting);
    const last = new Map<string, FleetHub>();
    for (let round = 0; round < 400; round += 1) {
      const hub = some();
      if (chance(10) === 0) {
        table.remove(hub.hub);
        last.delete(hub.hub);
      } else {
        table.put([hub]);
        last.set(hub.hub, hub);
      }
    }
    const fresh = new FleetTable();
    fresh.put([...last.values()]);
    fresh.show(filter, sorting);

    expect(table.ids(), column).toEqual(fresh.ids());
    expect(table.counts, column).toEqual(fresh.counts);
    expect(table.ids().map((id) => table.placeOf(id))).toEqual(table.ids().map((_, place) => place));
  }
});

test("thousands of hubs at once are arranged once", () => {
  const table = new FleetTable();

  table.put(Array.from({ length: 2_000 }, (_, number) => hubOf(`H${number}`)));

  expect(table.length).toBe(2_000);
  expect(table.at(0)?.hub).toBe("H0");
  expect(table.slice(9, 11).map((hub) => hub.hub)).toEqual(["H9", "H10"]);
});

test("no two facets have the same name, and the address keeps a sorting", () => {
  expect(new Set(FACETS.map((facet) => facet.name)).size).toBe(FACETS.length);
  expect(FACETS.length).toBeLessThan(31);
  expect(sortingOf(sortingText({ column: "battery", down: true }))).toEqual({ column: "battery", down: true });
  expect(sortingOf("-nothing")).toEqual({ column: "name", down: false });
});
