// Reads a trace: the file that `hubsim run --trace FILE` writes, one JSON object for each line. Pure.
import { t } from "../../words/index.svelte";
import { BadField, instantOf, objectOf, oneOf, textOf, textsOf, wholeOf, type JsonObject } from "./checked-json";
import { VERDICTS } from "./results-file";
import { traceLanes, traceRows, type TraceEvent } from "./trace-rows";
import { BadFile, emptyView, type ViewedPlay } from "./viewed-play";

/** The newest format that this page can read. */
export const TRACE_FORMAT = 1;
/** A play with more events is refused: its rows would fill the memory of the page. */
export const EVENTS_MAX = 200_000;

const [BEGAN, ENDED] = ["play_began", "play_ended"];

interface Begun {
  head: JsonObject;
  at_ms: number;
  events: TraceEvent[];
}

/** Return the plays of a trace. Throws `BadFile` with the line. */
export function tracePlays(file: string, text: string): ViewedPlay[] {
  const plays: ViewedPlay[] = [];
  let begun: Begun | null = null;
  const lines = text.split("\n");
  lines.forEach((line, place) => {
    if (line.trim() === "") return;
    begun = read(file, place + 1, () => {
      const plain = lineOf(line, place === lines.length - 1);
      return take(plain, begun, plays);
    });
  });
  if (begun !== null) plays.push(playOf(begun, null));
  return plays;
}

/** Take one line. Returns the play that continues after it. */
function take(plain: JsonObject, begun: Begun | null, plays: ViewedPlay[]): Begun | null {
  const event = textOf(plain, "event");
  const at_ms = instantOf(plain, "at_ms");
  if (event === BEGAN) {
    if (begun !== null) plays.push(playOf(begun, null));
    return { head: checkedHead(plain), at_ms, events: [] };
  }
  if (begun === null) throw new BadField(t("'{event}' is before the head of a play, the event 'play_began'", { event }));
  if (event === ENDED) {
    plays.push(playOf(begun, plain));
    return null;
  }
  if (begun.events.length === EVENTS_MAX) throw new BadField(t("the play has more than {n} events", { n: EVENTS_MAX }));
  begun.events.push(eventOf(plain, event, at_ms));
  return begun;
}

function eventOf(plain: JsonObject, event: string, at_ms: number): TraceEvent {
  const { at_ms: _, event: __, who: ___, ...facts } = plain;
  return { at_ms, event, who: textOf(plain, "who"), facts };
}

/** Check all that `playOf` reads, so that a mistake has its line. */
function checkedHead(head: JsonObject): JsonObject {
  const format = wholeOf(head, "format");
  if (format > TRACE_FORMAT) {
    const values = { format, ours: TRACE_FORMAT };
    throw new BadField(t("the trace has format {format}, this page reads {ours}: update hubsim", values));
  }
  for (const name of ["scenario", "zone"]) textOf(head, name);
  for (const name of ["names", "case"]) textsOf(head, name);
  for (const name of ["file", "world"]) textOf(head, name, "");
  wholeOf(head, "seed", 0);
  return head;
}

function playOf({ head, at_ms, events }: Begun, end: JsonObject | null): ViewedPlay {
  const lanes = traceLanes(events, textsOf(head, "names"));
  return {
    title: textOf(head, "scenario"),
    file: textOf(head, "file", ""),
    case: textsOf(head, "case"),
    seed: wholeOf(head, "seed", 0),
    world: textOf(head, "world", ""),
    verdict: end === null ? null : oneOf(end, "verdict", VERDICTS),
    reason: end === null ? "" : textOf(end, "reason", ""),
    view: emptyView(textOf(head, "zone"), at_ms),
    lanes,
    rows: traceRows(events, lanes),
  };
}

function lineOf(line: string, last: boolean): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    const cut = last ? t("this line is not JSON; the file ends in the middle of it") : t("this line is not JSON");
    throw new BadField(cut);
  }
  return objectOf(value, t("the line"));
}

function read<T>(file: string, number: number, take_: () => T): T {
  try {
    return take_();
  } catch (error) {
    throw error instanceof BadField ? new BadFile(file, number, error.message) : error;
  }
}
