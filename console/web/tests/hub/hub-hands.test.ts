import { describe, expect, test } from "vitest";

import { benchSteps } from "../../src/pages/hub/bench-steps";
import { slotSignalSteps } from "../../src/pages/hub/signals";
import { luhnDigit, makeCard, makeImei } from "../../src/pages/hub/sim-numbers";
import { dropAct, emptySlot, placeAt, slotActs, type Place } from "../../src/parts/hub-hands";
import type { SlotLook } from "../../src/parts/hub-look";
import { PORTS, SLOT, slotX } from "../../src/parts/hub-plan";

const EMPTY: SlotLook = { kind: "empty", condition: "healthy" };
const AJAX: SlotLook = { kind: "ajax", condition: "healthy" };
const ONE_CARD = { slots: { "1": AJAX, "2": EMPTY } };
const TWO_CARDS = { slots: { "1": AJAX, "2": { ...AJAX, kind: "ordinary" as const } } };
const slot = (number: number): Place => ({ at: "slot", slot: number });

describe("a drag", () => {
  test("from the tray into a slot inserts a new card", () => {
    expect(dropAct({ at: "tray", kind: "ajax" }, slot(2), ONE_CARD)).toEqual({ do: "insert_sim", slot: 2, kind: "ajax" });
  });

  test("into a slot with a card is tried, too: the hub says why not", () => {
    expect(dropAct({ at: "tray", kind: "ajax" }, slot(1), ONE_CARD)).toEqual({ do: "insert_sim", slot: 1, kind: "ajax" });
  });

  test("from slot to slot moves a card, or swaps two", () => {
    expect(dropAct(slot(1), slot(2), ONE_CARD)).toEqual({ do: "move_sim", from: 1, to: 2 });
    expect(dropAct(slot(1), slot(2), TWO_CARDS)).toEqual({ do: "swap_sims", one: 1, other: 2 });
  });

  test("from a slot onto the table removes the card", () => {
    expect(dropAct(slot(1), { at: "table" }, ONE_CARD)).toEqual({ do: "remove_sim", slot: 1 });
  });

  test("of a plug pulls it or puts it in; back to where it was does nothing", () => {
    expect(dropAct({ at: "port", link: "ethernet" }, { at: "table" }, ONE_CARD)).toEqual({ do: "unplug", link: "ethernet" });
    expect(dropAct({ at: "loose", link: "mains" }, { at: "port", link: "mains" }, ONE_CARD)).toEqual({ do: "set_mains", present: true });
    expect(dropAct({ at: "port", link: "mains" }, { at: "port", link: "mains" }, ONE_CARD)).toBeNull();
    expect(dropAct({ at: "loose", link: "mains" }, { at: "table" }, ONE_CARD)).toBeNull();
    expect(dropAct(slot(1), slot(1), ONE_CARD)).toBeNull();
    expect(dropAct({ at: "tray", kind: "ajax" }, { at: "table" }, ONE_CARD)).toBeNull();
  });
});

test("a point of the drawing is a slot for cards, and a port for its own plug", () => {
  const x = slotX(1, 2) + SLOT.width / 2;
  const y = SLOT.y + SLOT.height / 2;
  const port = PORTS.ethernet ?? { x: 0, y: 0 };

  expect(placeAt(x, y, { at: "tray", kind: "ajax" }, ONE_CARD)).toEqual(slot(2));
  expect(placeAt(x, y - 200, { at: "tray", kind: "ajax" }, ONE_CARD)).toEqual({ at: "table" });
  expect(placeAt(x, y, { at: "port", link: "ethernet" }, ONE_CARD)).toEqual({ at: "table" });
  expect(placeAt(port.x - 5, port.y, { at: "loose", link: "ethernet" }, ONE_CARD)).toEqual({ at: "port", link: "ethernet" });
  expect(placeAt(port.x, port.y, { at: "loose", link: "mains" }, ONE_CARD)).toEqual({ at: "table" });
});

test("a slot offers the acts that its card allows", () => {
  const acts = (look: Parameters<typeof slotActs>[1]) => slotActs(1, look).map((act) => act.do);

  expect(acts({ slots: { "1": EMPTY } })).toEqual(["insert_sim", "insert_sim"]);
  expect(acts(ONE_CARD)).toEqual(["remove_sim", "move_sim", "lock_sim", "break_sim"]);
  expect(acts(TWO_CARDS)).toEqual(["remove_sim", "swap_sims", "lock_sim", "break_sim"]);
  expect(acts({ slots: { "1": { ...AJAX, condition: "locked" } } })).toEqual(["remove_sim", "unlock_sim", "break_sim"]);
  expect(acts({ slots: { "1": { ...AJAX, condition: "broken" } } })).toEqual(["remove_sim"]);
  expect([emptySlot(ONE_CARD), emptySlot(TWO_CARDS)]).toEqual([2, null]);
});

test("a card that is moved or swapped stays the same card", () => {
  const [one, two] = [makeCard("ajax", 1), makeCard("ordinary", 2)];
  const cards = { "1": one, "2": two };

  expect(benchSteps({ do: "move_sim", from: 1, to: 2 }, cards, 7)).toEqual([
    { do: "remove_sim", slot: 1 }, { do: "insert_sim", slot: 2, card: one },
  ]);
  expect(benchSteps({ do: "swap_sims", one: 1, other: 2 }, cards, 7)).toEqual([
    { do: "remove_sim", slot: 1 }, { do: "remove_sim", slot: 2 },
    { do: "insert_sim", slot: 1, card: two }, { do: "insert_sim", slot: 2, card: one },
  ]);
  expect(benchSteps({ do: "set_mains", present: false }, cards, 7)).toEqual([{ do: "set_mains", present: false }]);
});

test("a card that another browser has taken out meanwhile is not made again", () => {
  expect(benchSteps({ do: "move_sim", from: 1, to: 2 }, {}, 7)).toEqual([{ do: "remove_sim", slot: 1 }]);
});

describe("the signal of a slot", () => {
  const SETUP = { signal: "normal", slot_signals: { "1": "weak", "2": "no_signal" } } as const;

  test("is set for this slot alone", () => {
    expect(slotSignalSteps(1, "weak", SETUP)).toEqual([{ do: "set_signal", signal: "weak", slot: 1 }]);
  });

  test("becomes that of the hub again, and the other slots keep theirs", () => {
    expect(slotSignalSteps(1, null, SETUP)).toEqual([
      { do: "set_signal", signal: "normal" }, { do: "set_signal", signal: "no_signal", slot: 2 },
    ]);
  });

  test("brings no coverage to a hub without it", () => {
    expect(slotSignalSteps(1, null, { coverage: false })).toEqual([
      { do: "set_signal", signal: "strong" }, { do: "set_coverage", present: false },
    ]);
  });
});

test("new numbers have the digits of the simulator's cards and IMEIs", () => {
  expect(luhnDigit("7992739871")).toBe("3");
  expect(makeCard("ajax", 1008)).toEqual({ kind: "ajax", iccid: "89883000000000010085", imsi: "001010000001008" });
  expect(makeImei(1)).toBe("352907000000018");
  expect(makeCard("ordinary", 9).imsi).toBe("999990000000009");
});
