// Reads the results of a run: the file that `hubsim run --json FILE` writes. Pure.
import { t } from "../../words/index.svelte";
import {
  BadField,
  instantOf,
  listOf,
  objectOf,
  oneOf,
  textOf,
  textOrNull,
  textsOf,
  wholeOf,
  type JsonObject,
} from "./checked-json";
import type { Look, PlayView, StepView, Verdict } from "../../report/report-data";
import { emptyView, type ViewedPlay } from "./viewed-play";

/** The newest format that this page can read. */
export const RESULTS_FORMAT = 1;
export const VERDICTS: readonly Verdict[] = ["pass", "fail", "blocked", "skipped"];
/** Results have no time zone. */
const ZONE = "UTC";

/** Return the plays of the results. Throws `BadField`. */
export function resultsPlays(results: JsonObject): ViewedPlay[] {
  const format = wholeOf(results, "format");
  if (format > RESULTS_FORMAT) {
    const values = { format, ours: RESULTS_FORMAT };
    throw new BadField(t("format: the file has format {format}, this page reads {ours}: update hubsim", values));
  }
  return listOf(results, "plays").map((each, place) => at(`plays[${place}]`, () => playOf(objectOf(each, "play"))));
}

function playOf(play: JsonObject): ViewedPlay {
  const verdict = oneOf(play, "verdict", VERDICTS);
  const view: PlayView = {
    ...emptyView(ZONE, instantOf(play, "world_began_ms")),
    explanation: Array.isArray(play.explanation) ? play.explanation.map(String) : [],
    again: textOf(play, "again", ""),
  };
  view.opening = keepLooks(play.opening, "opening", view.looks);
  view.steps = listOf(play, "steps").map((each, place) =>
    at(`steps[${place}]`, () => stepOf(objectOf(each, "step"), view.looks)),
  );
  if (play.failed) view.steps.push(...failedStep(play, view));
  return {
    title: textOf(play, "scenario"),
    file: textOf(play, "file"),
    case: textsOf(play, "case"),
    seed: wholeOf(play, "seed"),
    world: textOf(play, "world"),
    verdict,
    reason: textOf(play, "reason", ""),
    view,
    lanes: [],
    rows: [],
  };
}

function stepOf(step: JsonObject, looks: Look[]): StepView {
  const failure = textOrNull(step, "failure");
  return {
    kind: "check",
    who: whoOf(textOf(step, "step")),
    told: textOf(step, "does", textOf(step, "told", "")),
    note: textOrNull(step, "note"),
    source: textOf(step, "step"),
    at: placeOf(step),
    at_ms: instantOf(step, "at_ms"),
    after_s: typeof step.after_s === "number" ? step.after_s : null,
    held: failure === null,
    outcome: failure ?? textOrNull(step, "screen") ?? "",
    refused: textOrNull(step, "refused"),
    looks: keepLooks(step.hubs, "hubs", looks),
    rows_end: 0,
    seen: null,
    by_hand: step.by_hand === true,
  };
}

/** The step that ended the play: the list of steps has only those that passed, and soft ones. */
function failedStep(play: JsonObject, { steps, looks }: PlayView): StepView[] {
  const failed = objectOf(play.failed, "failed");
  if (steps.some((step) => !step.held && step.at === placeOf(failed))) return [];
  const context = objectOf(play.aftermath ?? {}, "aftermath");
  const step = { ...failed, number: steps.length + 1, at_ms: play.world_ended_ms, hubs: context.looks };
  return [{ ...stepOf(step, looks), held: false, outcome: textOf(play, "reason", "") }];
}

/** The actor of a step, by its text in the file: the person, or the first key. */
function whoOf(source: string): string {
  const [, key = "", value = ""] = /^\W*([\w-]+):\s*([\w-]*)/.exec(source) ?? [];
  return key === "as" ? value : key;
}

function placeOf(step: JsonObject): string {
  const file = textOf(step, "file", "");
  return file ? `${file}:${wholeOf(step, "line", 0)}` : "";
}

/** Store the snapshots of hubs, and return their places by hub. */
function keepLooks(value: unknown, name: string, looks: Look[]): Record<string, number> {
  const hubs = objectOf(value ?? {}, name);
  const kept: Record<string, number> = {};
  for (const [hub, views] of Object.entries(hubs)) {
    const { shows, app, carrier } = objectOf(views, `${name}.${hub}`);
    const look = { shows: objectOf(shows ?? {}, "shows"), app: app ? objectOf(app, "app") : null, carrier: carrier ?? null };
    kept[hub] = looks.push(look as Look) - 1;
  }
  return kept;
}

/** Name the place of a mistake. */
function at<T>(place: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof BadField ? new BadField(`${place}.${error.message}`) : error;
  }
}
