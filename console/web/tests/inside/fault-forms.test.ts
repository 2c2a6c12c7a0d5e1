import { expect, test } from "vitest";

import { faultForms, filled, type Schemas } from "../../src/pages/inside/fault-forms";

const SCHEMAS: Schemas = {
  FaultBody: { properties: { what: { anyOf: [{ $ref: "#/components/schemas/Delay" }, { $ref: "#/x/Inject" }] } } },
  MessageKind: { description: "Kinds.", enum: ["desired", "events"] },
  Delay: {
    description: "The messages arrive later.",
    properties: {
      fault: { enum: ["delay"] },
      message: { $ref: "#/components/schemas/MessageKind" },
      hub: { anyOf: [{ type: "string" }, { type: "null" }], default: null, description: "null: any hub." },
      count: { type: "integer", minimum: 1, default: 1 },
      by: { type: "integer", minimum: 0, maximum: 60_000 },
    },
    required: ["fault", "message", "by"],
  },
  Inject: {
    properties: {
      fault: { enum: ["inject"] },
      hub: { type: "string" },
      payload: { type: "string" },
      retain: { type: "boolean", default: false },
    },
    required: ["fault", "hub", "payload"],
  },
};
const [delay, inject] = faultForms(SCHEMAS) as [ReturnType<typeof faultForms>[0], ReturnType<typeof faultForms>[0]];

test("each fault has a form with the fields of its type", () => {
  expect(delay.fault).toBe("delay");
  expect(delay.about).toBe("The messages arrive later.");
  expect(delay.fields.map((field) => [field.name, field.kind, field.required, field.start])).toEqual([
    ["message", "choice", true, "desired"],
    ["hub", "hub", false, ""],
    ["count", "number", false, "1"],
    ["by", "duration", true, ""],
  ]);
  expect(delay.fields[0]?.choices).toEqual(["desired", "events"]);
  expect(inject.fields.map((field) => field.kind)).toEqual(["hub", "text", "flag"]);
});

test("a filled form is a fault as the lab takes it", () => {
  expect(filled(delay, { message: "events", hub: "0A1B2C3D", by: "2,5" })).toEqual({
    what: { fault: "delay", message: "events", hub: "0A1B2C3D", count: 1, by: 2500 },
    mistakes: {},
  });
  expect(filled(inject, { hub: "H", payload: "", retain: "true" }).what).toEqual({
    fault: "inject",
    hub: "H",
    payload: "",
    retain: true,
  });
});

test("an empty field that is not required is left out", () => {
  expect(filled(delay, { by: "0", count: " ", hub: "" }).what).toEqual({ fault: "delay", message: "desired", by: 0 });
});

test("a form with mistakes is not a fault, and says which field is wrong", () => {
  expect(filled(delay, { count: "0" })).toEqual({ what: null, mistakes: { count: "too_small", by: "missing" } });
  expect(filled(delay, { by: "61" }).mistakes).toEqual({ by: "too_large" });
  expect(filled(delay, { by: "soon", count: "1.5" }).mistakes).toEqual({ by: "not_a_number", count: "not_a_number" });
});

test("a description without faults is an error with this reason", () => {
  expect(() => faultForms({})).toThrow("has no faults");
});
