// Forms for all faults of the lab. The fields come from the types of `/openapi.json`, so a fault that is new in
// the server has a form at once. Pure.

/** The parts of a JSON Schema that the lab's types use. */
export interface Schema {
  $ref?: string;
  description?: string;
  type?: string;
  enum?: string[];
  const?: string;
  anyOf?: Schema[];
  default?: unknown;
  minimum?: number;
  maximum?: number;
  properties?: Record<string, Schema>;
  required?: string[];
}

export type Schemas = Record<string, Schema>;

export type FieldKind = "choice" | "hub" | "number" | "duration" | "text" | "flag";

export interface FaultField {
  name: string;
  kind: FieldKind;
  /** A field that is not required may stay empty: then the server's default holds. */
  required: boolean;
  choices: string[];
  minimum: number | null;
  maximum: number | null;
  /** What the form begins with, as text. */
  start: string;
  about: string;
}

export interface FaultForm {
  fault: string;
  about: string;
  fields: FaultField[];
}

/** Fields with a time in milliseconds. The form asks for seconds. */
const DURATIONS = new Set(["by"]);
const MS_PER_S = 1000;
const TAG = "fault";

/** The forms of all faults, in the order of the types. Throws if the document has no faults. */
export function faultForms(schemas: Schemas): FaultForm[] {
  const union = schemas.FaultBody?.properties?.what?.anyOf;
  if (union === undefined) throw new Error("the description of the server has no faults: GET /openapi.json");
  return union.map((each) => formOf(resolve(each, schemas), schemas));
}

function formOf(schema: Schema, schemas: Schemas): FaultForm {
  const { [TAG]: tag, ...properties } = schema.properties ?? {};
  const fields = Object.entries(properties).map(([name, field]) =>
    fieldOf(name, field, (schema.required ?? []).includes(name), schemas),
  );
  return { fault: tag?.enum?.[0] ?? tag?.const ?? "", about: schema.description ?? "", fields };
}

function fieldOf(name: string, field: Schema, required: boolean, schemas: Schemas): FaultField {
  const other = (field.anyOf ?? []).find((each) => each.type !== "null");
  const schema = { ...resolve(other ?? field, schemas), ...withoutRef(field) };
  return {
    name,
    kind: kindOf(name, schema),
    required,
    choices: schema.enum ?? [],
    minimum: schema.minimum ?? null,
    maximum: schema.maximum ?? null,
    start: startOf(name, schema),
    about: schema.description ?? "",
  };
}

function kindOf(name: string, schema: Schema): FieldKind {
  if (schema.enum) return "choice";
  if (name === "hub") return "hub";
  if (DURATIONS.has(name)) return "duration";
  if (schema.type === "integer") return "number";
  return schema.type === "boolean" ? "flag" : "text";
}

function startOf(name: string, schema: Schema): string {
  const value = schema.default;
  if (value === undefined || value === null) return schema.enum?.[0] ?? "";
  return DURATIONS.has(name) ? String(Number(value) / MS_PER_S) : String(value);
}

function resolve(schema: Schema, schemas: Schemas): Schema {
  const name = schema.$ref?.split("/").at(-1);
  return name === undefined ? schema : { ...schemas[name] };
}

function withoutRef({ $ref: _, anyOf: __, ...rest }: Schema): Schema {
  return rest;
}

export type Mistake = "missing" | "not_a_number" | "too_small" | "too_large";

export interface FilledForm {
  /** The fault as the lab takes it. null: the form has mistakes. */
  what: Record<string, unknown> | null;
  mistakes: Record<string, Mistake>;
}

/** Read the form. Empty fields that are not required are left out. */
export function filled(form: FaultForm, values: Record<string, string>): FilledForm {
  const what: Record<string, unknown> = { [TAG]: form.fault };
  const mistakes: Record<string, Mistake> = {};
  for (const field of form.fields) {
    const text = values[field.name] ?? field.start;
    if (field.kind !== "text" && text.trim() === "") {
      if (field.required) mistakes[field.name] = "missing";
      continue;
    }
    if (field.kind === "number" || field.kind === "duration") {
      const number = numberOf(field, text);
      if (typeof number === "string") mistakes[field.name] = number;
      else what[field.name] = number;
    } else {
      what[field.name] = field.kind === "flag" ? text === "true" : text;
    }
  }
  return { what: Object.keys(mistakes).length ? null : what, mistakes };
}

function numberOf(field: FaultField, text: string): number | Mistake {
  const typed = Number(text.trim().replace(",", "."));
  const value = field.kind === "duration" ? Math.round(typed * MS_PER_S) : typed;
  if (!Number.isInteger(value)) return "not_a_number";
  if (field.minimum !== null && value < field.minimum) return "too_small";
  return field.maximum !== null && value > field.maximum ? "too_large" : value;
}

/** The bound of a field in the unit of the form. */
export function bound(field: FaultField, ms: number | null): number | null {
  return ms !== null && field.kind === "duration" ? ms / MS_PER_S : ms;
}
