// Reads the results of a run: the file that `hubsim run --json FILE` writes. Pure.
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
import type { FileVerdict, HubSnapshots, OpenedPlay, OpenedStep } from "./opened-play";

/** The newest format that this page can read. */
export const RESULTS_FORMAT = 1;
export const VERDICTS: readonly FileVerdict[] = ["pass", "fail", "blocked", "skipped"];

/** Return the plays of the results. Throws `BadField`. */
export function resultsPlays(results: JsonObject): OpenedPlay[] {
  const format = wholeOf(results, "format");
  if (format > RESULTS_FORMAT) {
    throw new BadField(`format: the file has format ${format}, this page reads ${RESULTS_FORMAT}: update hubsim`);
  }
  return listOf(results, "plays").map((each, place) => at(`plays[${place}]`, () => playOf(objectOf(each, "play"))));
}

function playOf(play: JsonObject): OpenedPlay {
  const steps = listOf(play, "steps").map((each, place) => at(`steps[${place}]`, () => stepOf(objectOf(each, "step"))));
  return {
    title: textOf(play, "scenario"),
    file: textOf(play, "file"),
    case: textsOf(play, "case"),
    seed: wholeOf(play, "seed"),
    world: textOf(play, "world"),
    verdict: oneOf(play, "verdict", VERDICTS),
    reason: textOf(play, "reason", ""),
    explanation: Array.isArray(play.explanation) ? play.explanation.map(String) : [],
    zone: null,
    began_ms: instantOf(play, "world_began_ms"),
    ended_ms: instantOf(play, "world_ended_ms"),
    steps: play.failed ? [...steps, ...failedStep(play, steps)] : steps,
    opening: snapshotsOf(play.opening, "opening"),
    lanes: [],
    rows: [],
  };
}

function stepOf(step: JsonObject): OpenedStep {
  return {
    number: wholeOf(step, "number"),
    told: textOf(step, "told"),
    source: textOf(step, "step"),
    file: textOf(step, "file", ""),
    line: wholeOf(step, "line", 0),
    at_ms: instantOf(step, "at_ms"),
    refused: textOrNull(step, "refused"),
    screen: textOrNull(step, "screen"),
    failure: textOrNull(step, "failure"),
    hubs: snapshotsOf(step.hubs, "hubs"),
  };
}

/** The step that ended the play. The list of steps has only those that passed, and soft ones. */
function failedStep(play: JsonObject, steps: readonly OpenedStep[]): OpenedStep[] {
  const failed = objectOf(play.failed, "failed");
  const line = wholeOf(failed, "line");
  if (steps.some((step) => step.failure !== null && step.line === line)) return [];
  const context = objectOf(play.aftermath ?? {}, "aftermath");
  return [
    {
      number: (steps.at(-1)?.number ?? 0) + 1,
      told: textOf(failed, "told"),
      source: textOf(failed, "step"),
      file: textOf(failed, "file", ""),
      line,
      at_ms: instantOf(play, "world_ended_ms"),
      refused: null,
      screen: null,
      failure: textOf(play, "reason", ""),
      hubs: snapshotsOf(context.looks, "aftermath"),
    },
  ];
}

function snapshotsOf(value: unknown, name: string): Record<string, HubSnapshots> {
  const hubs = objectOf(value ?? {}, name);
  const of = (views: unknown): HubSnapshots =>
    Object.fromEntries(Object.entries(objectOf(views, name)).filter(([, view]) => isObject(view))) as HubSnapshots;
  return Object.fromEntries(Object.entries(hubs).map(([hub, views]) => [hub, of(views)]));
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Name the place of a mistake. */
function at<T>(place: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof BadField ? new BadField(`${place}.${error.message}`) : error;
  }
}
