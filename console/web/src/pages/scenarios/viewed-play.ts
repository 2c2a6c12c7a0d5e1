// A play that the viewer shows, whether it came from the server, from results or from a trace. Pure.
import type { Lane, SequenceRow } from "../../parts/sequence";
import { clockOfOffsets, clockOfZone, type WorldClock } from "../../parts/world-clock";
import type { PlayView, Verdict } from "../../report/report-data";

export interface ViewedPlay {
  title: string;
  file: string;
  case: Record<string, string>;
  seed: number;
  world: string;
  /** null: the play was cut off. */
  verdict: Verdict | null;
  reason: string;
  /** The steps with the hubs after each, as in a report. A trace has no steps, results have no messages. */
  view: PlayView;
  lanes: Lane[];
  rows: SequenceRow[];
}

export interface OpenedFile {
  name: string;
  kind: "results" | "trace";
  plays: ViewedPlay[];
}

/** The file cannot be shown. `line` counts from 1; 0 means the whole file. */
export class BadFile extends Error {
  constructor(
    readonly file: string,
    readonly line: number,
    text: string,
  ) {
    super(line ? `${file}:${line}: ${text}` : `${file}: ${text}`);
  }
}

/** A view without anything: what a file has is filled in. */
export function emptyView(zone: string, startMs: number): PlayView {
  return {
    about: "",
    explanation: [],
    again: "",
    zone,
    offsets: [],
    start_ms: startMs,
    began_at: null,
    opened_s: null,
    models: {},
    opening: {},
    opening_rows_end: 0,
    steps: [],
    unplayed: [],
    looks: [],
    diagram: { lanes: [], rows: [] },
  };
}

/** The clock of a play: by its recorded offsets, else by the rules of the browser for its zone. */
export function clockOf({ zone, offsets }: PlayView, language: string): WorldClock {
  if (offsets.length) return clockOfOffsets(offsets, language);
  try {
    return clockOfZone(zone, language);
  } catch {
    return clockOfOffsets([], language); // the browser does not know the zone: UTC
  }
}
