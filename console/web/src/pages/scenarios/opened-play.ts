// A play that was read from a file: what the viewer shows of it, whichever kind of file it came from.
import type { Lane, SequenceRow } from "../../parts/sequence";

export type FileVerdict = "pass" | "fail" | "blocked" | "skipped";

/** The snapshots of one hub by view: `app`, `shows`, `applied`, and others. */
export type HubSnapshots = Record<string, Record<string, unknown>>;

export interface OpenedStep {
  number: number;
  /** What the step does, in words. */
  told: string;
  /** The text in the scenario file. */
  source: string;
  file: string;
  line: number;
  at_ms: number;
  /** The name of the refusal that the step expected. */
  refused: string | null;
  screen: string | null;
  /** Why the step failed. null: it passed. */
  failure: string | null;
  /** What each hub showed after the step, by its name. Empty: the run did not record it. */
  hubs: Record<string, HubSnapshots>;
}

export interface OpenedPlay {
  title: string;
  file: string;
  case: Record<string, string>;
  seed: number;
  world: string;
  /** null: the play was cut off. */
  verdict: FileVerdict | null;
  reason: string;
  /** The lines that explain a play that did not pass. */
  explanation: string[];
  /** The time zone of the scenario. null: the file does not have it. */
  zone: string | null;
  began_ms: number;
  ended_ms: number;
  steps: OpenedStep[];
  opening: Record<string, HubSnapshots>;
  lanes: Lane[];
  rows: SequenceRow[];
}

export interface OpenedFile {
  name: string;
  kind: "results" | "trace";
  plays: OpenedPlay[];
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
