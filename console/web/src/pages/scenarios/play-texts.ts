// The words for the states of plays and steps.
import { msg, t } from "../../words/index.svelte";
import type { PlayState, StepState } from "./hosted-play";

interface StateText {
  text: string;
  tone: string;
  /** A sign in addition to the color. */
  sign: string;
}

const PLAYS: Record<PlayState, StateText> = {
  running: { text: msg("playing"), tone: "accent", sign: "▶" },
  paused: { text: msg("paused"), tone: "warn", sign: "‖" },
  passed: { text: msg("passed"), tone: "ok", sign: "✓" },
  failed: { text: msg("failed"), tone: "bad", sign: "✗" },
  blocked: { text: msg("blocked"), tone: "warn", sign: "!" },
  skipped: { text: msg("skipped"), tone: "", sign: "–" },
  stopped: { text: msg("stopped"), tone: "", sign: "■" },
};

const STEPS: Record<StepState, StateText> = {
  waiting: { text: msg("waiting"), tone: "", sign: "" },
  running: { text: msg("playing"), tone: "accent", sign: "▶" },
  passed: { text: msg("passed"), tone: "ok", sign: "✓" },
  failed: { text: msg("failed"), tone: "bad", sign: "✗" },
  unplayed: { text: msg("not reached"), tone: "", sign: "–" },
};

export const playTone = (state: PlayState): string => PLAYS[state].tone;
export const playSign = (state: PlayState): string => PLAYS[state].sign;
export const playText = (state: PlayState): string => t(PLAYS[state].text);
export const stepTone = (state: StepState): string => STEPS[state].tone;
export const stepSign = (state: StepState): string => STEPS[state].sign;
export const stepText = (state: StepState): string => t(STEPS[state].text);
