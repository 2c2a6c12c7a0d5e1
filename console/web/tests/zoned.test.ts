import { expect, test } from "vitest";

import { fieldOf, instantOf, instantOfField, nextFirst } from "../src/state/zoned";

const at = (text: string) => Date.parse(text);

test("the 1st begins at midnight in the zone", () => {
  expect(nextFirst(at("2026-01-31T22:59:59Z"), "Europe/Warsaw")).toBe(at("2026-01-31T23:00:00Z"));
  expect(nextFirst(at("2026-01-31T23:00:00Z"), "Europe/Warsaw")).toBe(at("2026-02-28T23:00:00Z"));
});

test("the 1st after a change of the clocks has the new offset", () => {
  expect(nextFirst(at("2026-03-15T12:00:00Z"), "Europe/Warsaw")).toBe(at("2026-03-31T22:00:00Z"));
  expect(nextFirst(at("2026-10-15T12:00:00Z"), "Europe/London")).toBe(at("2026-11-01T00:00:00Z"));
});

test("the year ends", () => {
  expect(nextFirst(at("2026-12-31T12:00:00Z"), "Europe/Madrid")).toBe(at("2026-12-31T23:00:00Z"));
});

test("a time that the clocks skip becomes the one after it", () => {
  const skipped = { year: 2026, month: 3, day: 29, hour: 2, minute: 30 };
  expect(instantOf(skipped, "Europe/Warsaw")).toBe(at("2026-03-29T01:30:00Z"));
});

test("a field has the local time and comes back", () => {
  const text = fieldOf(at("2026-07-01T10:05:00Z"), "Europe/Warsaw");
  expect(text).toBe("2026-07-01T12:05");
  expect(instantOfField(text, "Europe/Warsaw")).toBe(at("2026-07-01T10:05:00Z"));
});

test("an incomplete field is not an instant", () => {
  expect(instantOfField("", "Europe/Warsaw")).toBeNull();
  expect(instantOfField("2026-07-01", "Europe/Warsaw")).toBeNull();
});
