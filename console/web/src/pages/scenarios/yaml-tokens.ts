// A line of a scenario file as coloured tokens. It colours what the eye looks for; it does not parse YAML. Pure.

export type YamlKind = "comment" | "key" | "text" | "number" | "sign" | "plain";

export interface YamlToken {
  kind: YamlKind;
  text: string;
}

const PATTERNS: readonly [YamlKind, RegExp][] = [
  ["comment", /#.*$/y],
  ["text", /"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'/y],
  ["key", /[A-Za-z_][\w-]*(?=:(?:\s|$))/y],
  ["number", /-?\d[\d.:_-]*(?![\w-])/y],
  ["sign", /[{}[\],:]|^\s*-(?=\s)/y],
  ["plain", /[^\s{}[\],:"'#]+|\s+|./y],
];

/** The tokens of a line; together they are the line. */
export function yamlTokens(line: string): YamlToken[] {
  const tokens: YamlToken[] = [];
  let at = 0;
  while (at < line.length) {
    const token = next(line, at);
    const last = tokens.at(-1);
    if (last && last.kind === token.kind) last.text += token.text;
    else tokens.push(token);
    at += token.text.length;
  }
  return tokens;
}

function next(line: string, at: number): YamlToken {
  for (const [kind, pattern] of PATTERNS) {
    if (kind === "comment" && at > 0 && !/\s/.test(line[at - 1]!)) continue;
    pattern.lastIndex = at;
    const found = pattern.exec(line)?.[0];
    if (found) return { kind, text: found };
  }
  return { kind: "plain", text: line[at]! };
}
