// Opens a file of a user: results or a trace, told apart by what is in them. Pure, except `openFile`.
import { t } from "../../words/index.svelte";
import { BadField, objectOf, type JsonObject } from "./checked-json";
import { resultsPlays } from "./results-file";
import { tracePlays } from "./trace-file";
import { BadFile, type OpenedFile } from "./viewed-play";

/** A larger file is refused before it is read: a browser would need many times its size. */
export const BYTES_MAX = 100 * 1024 * 1024;

/** Read a file from the disk. Throws `BadFile`. */
export async function openFile(file: File): Promise<OpenedFile> {
  if (file.size > BYTES_MAX) {
    const values = { mb: Math.ceil(file.size / 1024 / 1024), most: BYTES_MAX / 1024 / 1024 };
    throw new BadFile(file.name, 0, t("the file has {mb} MB, at most {most} MB can be opened", values));
  }
  return opened(file.name, await file.text());
}

/** Read the text of a file. Throws `BadFile`. */
export function opened(name: string, text: string): OpenedFile {
  const content = text.replace(/^\uFEFF/, "");
  if (content.trim() === "") throw new BadFile(name, 0, t("the file is empty"));
  if (/^\s*</.test(content)) throw new BadFile(name, 0, t("this is a page: open it in a tab of the browser"));
  const whole = parsed(content);
  if (whole !== undefined && "plays" in whole) return { name, kind: "results", plays: nonEmpty(name, results(name, whole)) };
  if (whole !== undefined && !("event" in whole)) throw new BadFile(name, 0, neither());
  if (whole === undefined && !/^\s*\{/.test(content)) throw new BadFile(name, 1, neither());
  return { name, kind: "trace", plays: nonEmpty(name, tracePlays(name, content)) };
}

function neither(): string {
  return t("neither results (hubsim run --json FILE) nor a trace (hubsim run --trace FILE)");
}

function results(name: string, whole: JsonObject): OpenedFile["plays"] {
  try {
    return resultsPlays(whole);
  } catch (error) {
    throw error instanceof BadField ? new BadFile(name, 0, error.message) : error;
  }
}

function nonEmpty(name: string, plays: OpenedFile["plays"]): OpenedFile["plays"] {
  if (plays.length === 0) throw new BadFile(name, 0, t("the file has no play"));
  return plays;
}

/** The whole text as one JSON object; undefined if it is something else, such as several lines. */
function parsed(text: string): JsonObject | undefined {
  try {
    return objectOf(JSON.parse(text), "");
  } catch {
    return undefined;
  }
}
