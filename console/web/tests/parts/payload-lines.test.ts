import { expect, test } from "vitest";

import { payloadLines, payloadText } from "../../src/parts/payload-lines";

function written(payload: string, before: string | null = null): string[] {
  return (payloadLines(payload, before) ?? []).map(({ depth, tokens, change, was }) => {
    const text = "  ".repeat(depth) + tokens.map((token) => token.text).join("");
    return change ? `${change}${was === undefined ? "" : ` (${was})`} ${text}` : text;
  });
}

test("a document without a previous one has no marks, and is the JSON itself", () => {
  const payload = '{"a":[1,{"b":null}],"empty":{},"list":[]}';

  expect(written(payload).join("\n")).toBe(JSON.stringify(JSON.parse(payload), null, 2));
});

test("differences are marked at the values that differ", () => {
  expect(written('{"a":1,"in":{"x":true,"new":"n"},"l":[1,2]}', '{"a":1,"in":{"x":false,"old":2},"l":[1,3]}')).toEqual([
    "{", '  "a": 1,', '  "in": {', 'changed (false)     "x": true,', 'new     "new": "n"', 'removed     "old": 2', "  },",
    '  "l": [', "    1,", "changed (3)     2", "  ]", "}",
  ]);
});

test("a new branch is marked at its head", () => {
  expect(written('{"sim":{"slot":1}}', "{}")).toEqual(["{", 'new   "sim": {', '    "slot": 1', "  }", "}"]);
});

test("a value that becomes a branch is a change, and the reverse too", () => {
  expect(written('{"a":1}', '{"a":{"b":2}}')).toContain('changed ({"b":2})   "a": 1');
});

test("a payload other than JSON has no lines", () => {
  expect(payloadLines("{broken")).toBeNull();
  expect(payloadText("{broken")).toBe("{broken");
  expect(payloadText('{"a":1}')).toBe('{\n  "a": 1\n}');
});

test("a previous payload that is not JSON marks nothing", () => {
  expect(written('{"a":1}', "no")).toEqual(["{", '  "a": 1', "}"]);
});

test("a document that is nested deeper than the view writes the rest in one line", () => {
  const deep = "[".repeat(200) + "]".repeat(200);

  expect(written(deep).length).toBeLessThan(100);
});
