import { expect, test } from "vitest";

import { freeName } from "../src/state/snapshot_names";

test("a snapshot has the name of its file", () => {
  expect(freeName("half-way.hubsim", [])).toBe("half-way");
  expect(freeName("half-way", [])).toBe("half-way");
});

test("a name that the server would refuse is changed", () => {
  expect(freeName("Café (1).hubsim", [])).toBe("Caf-1-");
  expect(freeName("../../up.hubsim", [])).toBe("up");
  expect(freeName("łąka.hubsim", [])).toBe("ka");
  expect(freeName("ł.hubsim", [])).toBe("file");
  expect(freeName(`${"x".repeat(80)}.hubsim`, [])).toBe("x".repeat(63));
});

test("a name that is taken gets a number", () => {
  const taken = [{ name: "one" }, { name: "one-2" }, { name: "x".repeat(63) }];

  expect(freeName("one.hubsim", taken)).toBe("one-3");
  expect(freeName(`${"x".repeat(70)}.hubsim`, taken)).toBe(`${"x".repeat(61)}-2`);
});
