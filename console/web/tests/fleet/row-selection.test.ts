import { expect, test } from "vitest";

import { all, click, move, NOTHING, toggle, without, type RowSelection } from "../../src/pages/fleet/row-selection";
import { rowWindow, scrollTo } from "../../src/pages/fleet/row-window";

const IDS = ["a", "b", "c", "d", "e"];
const NO_KEYS = { shift: false, ctrl: false };
const chosen = (selection: RowSelection): string => [...selection.chosen].sort().join("");

test("a click selects one row, Ctrl adds and removes one, Shift selects a range", () => {
  let selection = click(NOTHING, IDS, "b", NO_KEYS);
  expect(chosen(selection)).toBe("b");

  selection = click(selection, IDS, "d", { shift: true, ctrl: false });
  expect(chosen(selection)).toBe("bcd");

  selection = click(selection, IDS, "c", { shift: false, ctrl: true });
  expect(chosen(selection)).toBe("bd");

  selection = click(selection, IDS, "a", { shift: true, ctrl: true });
  expect(chosen(selection)).toBe("abcd");
});

test("the keyboard moves without selecting, and extends from where it began", () => {
  let selection = move(NOTHING, IDS, 1, false);
  expect([selection.cursor, chosen(selection)]).toEqual(["a", ""]);

  selection = move(selection, IDS, 2, true);
  expect([selection.cursor, chosen(selection)]).toEqual(["c", "abc"]);

  selection = move(selection, IDS, -1, true);
  expect([selection.cursor, chosen(selection)]).toEqual(["b", "ab"]);

  selection = move(selection, IDS, 100, false);
  expect([selection.cursor, chosen(selection)]).toEqual(["e", "ab"]);
  expect(chosen(toggle(selection, "e"))).toBe("abe");
});

test("an empty list has nothing to move to", () => {
  expect(move(NOTHING, [], 1, true)).toBe(NOTHING);
  expect(move(NOTHING, IDS, -1, false).cursor).toBe("e");
});

test("rows that are gone are no longer selected", () => {
  const selection = without(all({ ...NOTHING, cursor: "b" }, IDS), (id) => id === "b");

  expect([chosen(selection), selection.cursor]).toEqual(["acde", null]);
});

test("only rows in view have elements", () => {
  expect(rowWindow(0, 300, 30, 5_000, 5)).toEqual({ from: 0, to: 15 });
  expect(rowWindow(3_000, 300, 30, 5_000, 5)).toEqual({ from: 95, to: 115 });
  expect(rowWindow(1e9, 300, 30, 5_000, 5).to).toBe(5_000);
  expect(rowWindow(0, 300, 30, 0)).toEqual({ from: 0, to: 0 });
  expect(rowWindow(-50, 300, 30, 3, 1)).toEqual({ from: 0, to: 3 });
});

test("a row is scrolled into view with the least movement", () => {
  expect(scrollTo(5, 0, 300, 30)).toBe(0);
  expect(scrollTo(10, 0, 300, 30)).toBe(30);
  expect(scrollTo(2, 300, 300, 30)).toBe(60);
  expect(scrollTo(9, 0, 300, 30, 30)).toBe(30);
});
