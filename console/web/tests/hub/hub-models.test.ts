import { expect, test } from "vitest";

import { MODELS, modelName, modelTexts } from "../../src/parts/hub-models";

test("each model has the name that its maker writes on the box", () => {
  expect([...MODELS.keys()].map(modelName).toSorted()).toEqual([
    "EN54 Fire Hub", "Hub", "Hub (4G)", "Hub 2", "Hub 2 (4G)", "Hub 2 Plus", "Hub Hybrid", "Hub Hybrid (4G)", "Hub Plus",
    "Superior Hub Hybrid 2",
  ]);
});

test("a search finds a model by both of its names, and nothing for a hub without one", () => {
  expect(modelTexts("hub-2-plus")).toEqual(["hub-2-plus", "Hub 2 Plus"]);
  expect(modelTexts(null)).toEqual([]);
});
