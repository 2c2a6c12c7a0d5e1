import { afterEach, beforeEach, expect, test } from "vitest";

import { longDay, number, span, t, tn, until, words } from "../src/words/index.svelte";

beforeEach(() => (words.language = "pl"));
afterEach(() => (words.language = "en"));

test("a text has its values", () => {
  expect(t("{n} hubs of {company}", { n: 3, company: "Wolf" })).toBe("3 hubs of Wolf");
});

test("the texts of the guide are exact", () => {
  expect(t("Activation required")).toBe("Wymagana aktywacja");
  expect(t("Stop now")).toBe("Zatrzymaj teraz");
});

test.each([
  [1, "1 wynik"],
  [2, "2 wyniki"],
  [4, "4 wyniki"],
  [5, "5 wyników"],
  [12, "12 wyników"],
  [22, "22 wyniki"],
  [112, "112 wyników"],
  [0, "0 wyników"],
])("%i is a Polish plural", (n, text) => {
  expect(tn("{n} result", "{n} results", n)).toBe(text);
});

test("an English plural", () => {
  words.language = "en";
  expect(tn("{n} result", "{n} results", 1)).toBe("1 result");
  expect(tn("{n} result", "{n} results", 2_000)).toBe("2,000 results");
});

test("dates, durations and numbers are in the language", () => {
  const ms = Date.parse("2026-03-25T09:30:00Z");
  expect(longDay(ms, "Europe/Warsaw")).toBe("środa, 25 marca 2026");
  expect(span(6 * 86_400_000)).toBe("6 dni");
  expect(until(60_000)).toBe("za 1 minutę");
  expect(number(12_345.5)).toBe("12\u00a0345,5");
});
