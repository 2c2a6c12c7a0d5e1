import { expect, test } from "vitest";

import { isOtherBuild } from "../../src/frame/build";

const INDEX = '<script type="module" crossorigin src="/console/assets/index-D1_koeXz.js"></script>';

test("an index without the script of this page is that of another build", () => {
  expect(isOtherBuild(INDEX, "http://127.0.0.1:8080/console/assets/index-D1_koeXz.js")).toBe(false);
  expect(isOtherBuild(INDEX, "http://127.0.0.1:8080/console/assets/index-0lder000.js")).toBe(true);
});

test("a server that is away has no other build", () => {
  expect(isOtherBuild("", "http://127.0.0.1:8080/console/assets/index-D1_koeXz.js")).toBe(false);
});
