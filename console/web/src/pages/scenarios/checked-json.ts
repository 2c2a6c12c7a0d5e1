// Reads fields of JSON from a user's file. Each mistake names the field. Pure.

export type JsonObject = Record<string, unknown>;

/** A field is not what the format says. */
export class BadField extends Error {}

export function objectOf(value: unknown, name: string): JsonObject {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as JsonObject;
  throw new BadField(`${name}: an object is expected`);
}

export function listOf(from: JsonObject, name: string): unknown[] {
  const value = from[name];
  if (Array.isArray(value)) return value;
  throw new BadField(`${name}: a list is expected`);
}

export function textOf(from: JsonObject, name: string, missing?: string): string {
  const value = from[name] ?? missing;
  if (typeof value === "string") return value;
  throw new BadField(`${name}: a text is expected`);
}

export function textOrNull(from: JsonObject, name: string): string | null {
  return from[name] === null || from[name] === undefined ? null : textOf(from, name);
}

export function wholeOf(from: JsonObject, name: string, missing?: number): number {
  const value = from[name] ?? missing;
  if (typeof value === "number" && Number.isSafeInteger(value)) return value;
  throw new BadField(`${name}: a whole number is expected`);
}

/** World time, in ms since 1970; later than the year 9998 is not a date. */
export function instantOf(from: JsonObject, name: string): number {
  const value = wholeOf(from, name);
  if (value >= 0 && value <= 253_370_764_800_000) return value;
  throw new BadField(`${name}: the time is before 1970 or after 9998`);
}

export function oneOf<T extends string>(from: JsonObject, name: string, words: readonly T[]): T {
  const value = textOf(from, name);
  const found = words.find((word) => word === value);
  if (found !== undefined) return found;
  throw new BadField(`${name}: one of ${words.join(", ")} is expected`);
}

/** A mapping of text to text; values of other types are written as text. */
export function textsOf(from: JsonObject, name: string): Record<string, string> {
  const value = objectOf(from[name] ?? {}, name);
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, String(each)]));
}
