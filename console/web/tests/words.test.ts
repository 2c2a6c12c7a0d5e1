import { expect, test } from "vitest";

import { t } from "../src/words/index.svelte";

test("a text has its values", () => {
  expect(t("{n} hubs of {company}", { n: 3, company: "Wolf" })).toBe("3 hubs of Wolf");
});
