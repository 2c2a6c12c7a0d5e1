// The story of the demo: `/console/story.json`.
import type { Language } from "../words/index.svelte";
import type { Identity } from "./session.svelte";

export type Both = Record<Language, string>;

export type StoryAction =
  | { kind: "api"; method: "POST" | "PUT" | "PATCH" | "DELETE"; path: string; body: unknown; refused: string | null }
  | { kind: "bench"; hub: string; action: unknown }
  | { kind: "fault"; what: unknown }
  | { kind: "clock"; by: string }
  | { kind: "clock"; to: "next_month"; zone: string }
  | { kind: "save"; snapshot: string }
  | { kind: "restore"; snapshot: string }
  | { kind: "play"; scenario: string }
  | { kind: "language" };

export interface StoryStep {
  id: string;
  /** The person who acts. */
  person: Identity | null;
  /** Hub ids that act or change. */
  hubs: string[];
  /** The address to look at, such as `#/pro/company`. */
  page: string;
  /** The event, in one or two sentences. */
  text: Both;
  /** The change that the audience should notice. */
  look: Both | null;
  do: StoryAction[];
}

export interface StoryChapter {
  id: string;
  title: Both;
  steps: StoryStep[];
}

export interface StoryData {
  title: Both;
  about: Both;
  chapters: StoryChapter[];
}
