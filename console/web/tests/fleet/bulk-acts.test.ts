import { expect, test } from "vitest";

import { Refused } from "../../src/api/client";
import { BULK_ACTS, onEach, refusals } from "../../src/pages/fleet/bulk-acts";

const refuse = (name: string) => new Refused(409, { name, title: name, detail: `It is ${name}.` });

test("each hub has its outcome, in the order of the hubs, with few requests at once", async () => {
  let [open, most] = [0, 0];
  const counts: number[] = [];

  const outcomes = await onEach(
    ["a", "b", "c", "d", "e", "f", "g"],
    async (hub) => {
      most = Math.max(most, (open += 1));
      await Promise.resolve();
      open -= 1;
      if (hub === "b") throw refuse("not_active");
      if (hub === "d") throw new Error("the cloud cannot be reached");
    },
    (done) => counts.push(done),
  );

  expect(outcomes.map((outcome) => outcome.refused)).toEqual([null, "not_active", null, "failed", null, null, null]);
  expect(outcomes[1]?.text).toBe("It is not_active.");
  expect(counts).toEqual([1, 2, 3, 4, 5, 6, 7]);
  expect(most).toBe(3);
});

test("after a stop no further hub is asked", async () => {
  let asked = 0;

  const outcomes = await onEach(["a", "b", "c", "d", "e"], async () => void (asked += 1), undefined, () => asked >= 2);

  expect(outcomes.length).toBe(asked);
  expect(asked).toBeLessThan(5);
});

test("refusals are grouped by name, the most frequent one first", () => {
  const outcome = (hub: string, refused: string | null) => ({ hub, refused, text: `${refused}!` });

  const groups = refusals([outcome("a", "x"), outcome("b", null), outcome("c", "y"), outcome("d", "y")]);

  expect(groups).toEqual([
    { refused: "y", text: "y!", hubs: ["c", "d"] },
    { refused: "x", text: "x!", hubs: ["a"] },
  ]);
});

test("no two acts have the same name", () => {
  expect(new Set(BULK_ACTS.map((act) => act.name)).size).toBe(BULK_ACTS.length);
});
