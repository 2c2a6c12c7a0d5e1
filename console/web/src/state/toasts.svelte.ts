// Short messages at the edge of the page: results and refusals.
import { untrack } from "svelte";

import { Refused, Unreachable } from "../api/client";
import { t } from "../words/index.svelte";

export type Tone = "ok" | "bad" | "info";

export interface Toast {
  id: number;
  tone: Tone;
  title: string;
  text: string;
  /** The name of the refusal, such as `sim_not_installed`. */
  reason: string | null;
}

/** The number of messages on the page; a further one replaces the oldest. */
const LIMIT = 4;
const SHOWN_MS = 6_000;
/** A refusal is longer to read. */
const BAD_SHOWN_MS = 12_000;

class Toasts {
  list = $state<Toast[]>([]);
  #next = 1;

  /** Show a message; it leaves by itself. The same message again takes the place of the first. */
  tell(title: string, tone: Tone = "info", text = "", reason: string | null = null): void {
    const id = this.#next++;
    const others = untrack(() => this.list).filter((one) => one.title !== title || one.text !== text);
    this.list = [...others, { id, tone, title, text, reason }].slice(-LIMIT);
    setTimeout(() => this.dismiss(id), tone === "bad" ? BAD_SHOWN_MS : SHOWN_MS);
  }

  /** Remove all messages: what they are about is no longer shown. */
  clear(): void {
    this.list = [];
  }

  dismiss(id: number): void {
    this.list = this.list.filter((toast) => toast.id !== id);
  }
}

export const toasts = new Toasts();

/** What a user reads of an error: the cloud's title and detail, which are in the user's language. */
export function wordsOf(error: unknown): { title: string; text: string; reason: string | null } {
  if (error instanceof Refused) {
    const { title, detail, name, errors } = error.problem;
    const mistakes = (errors ?? []).map((one) => `${one.pointer}: ${one.what}`).join(" ");
    return { title, text: [detail === title ? "" : detail, mistakes].filter(Boolean).join(" "), reason: name };
  }
  if (error instanceof Unreachable) return { title: t("The server cannot be reached"), text: "", reason: null };
  throw error;
}

/** Show a refusal or that the server is away. Any other error is a bug and is thrown again. */
export function showRefusal(error: unknown): void {
  const { title, text, reason } = wordsOf(error);
  toasts.tell(title, "bad", text, reason);
}

/** Do something; show its refusal. Returns whether it was done. */
export async function attempt(doing: () => Promise<unknown>): Promise<boolean> {
  try {
    await doing();
    return true;
  } catch (error) {
    showRefusal(error);
    return false;
  }
}
