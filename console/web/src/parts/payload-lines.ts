// A JSON document as coloured lines, with its differences to the previous document.

export type TokenKind = "key" | "text" | "number" | "word" | "sign";

export interface Token {
  kind: TokenKind;
  text: string;
}

export interface PayloadLine {
  /** Steps of indentation. */
  depth: number;
  tokens: Token[];
  /** `removed`: the line of the previous document; the present one does not have it. */
  change?: "new" | "changed" | "removed";
  /** The previous value as JSON, for a changed line. */
  was?: string;
}

type Json = string | number | boolean | null | Json[] | { [name: string]: Json };

const MAX_DEPTH = 40; // Deeper values are written in one line.

function isBranch(value: Json | undefined): value is Json[] | { [name: string]: Json } {
  return typeof value === "object" && value !== null && Object.keys(value).length > 0;
}

function leaf(value: Json): Token {
  if (typeof value === "string") return { kind: "text", text: JSON.stringify(value) };
  if (typeof value === "number") return { kind: "number", text: JSON.stringify(value) };
  return { kind: value === null || typeof value === "boolean" ? "word" : "sign", text: JSON.stringify(value) };
}

const same = (one: Json | undefined, other: Json | undefined): boolean => JSON.stringify(one) === JSON.stringify(other);

class Lines {
  readonly lines: PayloadLine[] = [];

  /** Write a value. `before` is the previous value: undefined marks it as new, unless `plain`. */
  write(name: string | null, value: Json, before: Json | undefined, plain: boolean, depth: number, comma: boolean): void {
    const head: Token[] = name === null ? [] : [{ kind: "key", text: JSON.stringify(name) }, { kind: "sign", text: ": " }];
    const tail: Token[] = comma ? [{ kind: "sign", text: "," }] : [];
    if (!isBranch(value) || depth >= MAX_DEPTH) {
      const line: PayloadLine = { depth, tokens: [...head, leaf(value), ...tail] };
      if (!plain && !same(value, before)) {
        line.change = before === undefined ? "new" : "changed";
        if (before !== undefined) line.was = JSON.stringify(before);
      }
      this.lines.push(line);
      return;
    }
    const list = Array.isArray(value);
    const former = isBranch(before) && Array.isArray(before) === list ? before : undefined;
    const isNew = !plain && before === undefined;
    this.lines.push({
      depth, tokens: [...head, { kind: "sign", text: list ? "[" : "{" }], ...(isNew ? { change: "new" as const } : {}),
    });
    const entries = Object.entries(value);
    const gone = former ? Object.entries(former).filter(([key]) => !(key in value)) : [];
    entries.forEach(([key, inside], place) => {
      const was = former ? (former as Record<string, Json>)[key] : undefined;
      this.write(list ? null : key, inside, was, plain || isNew, depth + 1, place < entries.length - 1);
    });
    for (const [key, inside] of gone) {
      const tokens = list ? [leaf(inside)] : [{ kind: "key", text: `${JSON.stringify(key)}: ` } as Token, leaf(inside)];
      this.lines.push({ depth: depth + 1, tokens, change: "removed" });
    }
    this.lines.push({ depth, tokens: [{ kind: "sign", text: list ? "]" : "}" }, ...tail] });
  }
}

/** The JSON value of a text; undefined if it is not JSON. */
export function decoded(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

/** The lines of a payload; null if it is not JSON. Without a previous payload nothing is marked. */
export function payloadLines(payload: string, before: string | null = null): PayloadLine[] | null {
  const value = decoded(payload);
  if (value === undefined) return null;
  const former = before === null ? undefined : decoded(before);
  const written = new Lines();
  written.write(null, value, former, former === undefined, 0, false);
  return written.lines;
}

/** The payload with indentation, as it is copied; the text itself if it is not JSON. */
export function payloadText(payload: string): string {
  const value = decoded(payload);
  return value === undefined ? payload : JSON.stringify(value, null, 2);
}
