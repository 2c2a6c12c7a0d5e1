// A view of the lab that is read again when an event says that it may have changed. One request at a time.
import { wordsOf } from "./toasts.svelte";
import { watch } from "./watch.svelte";
import type { WatchName } from "./watch_types";

/** Several events within this time, in ms, are one change. */
const TOGETHER_MS = 150;

export class LiveQuery<T> {
  /** null until the first answer. */
  value = $state.raw<T | null>(null);
  /** Why the last request failed; "" after an answer. */
  trouble = $state("");
  readonly #read: () => Promise<T>;
  readonly #names: readonly WatchName[];
  #timer = 0;
  #reading = false;
  #again = false;
  #ended = false;

  constructor(read: () => Promise<T>, names: readonly WatchName[]) {
    this.#read = read;
    this.#names = names;
  }

  /** Read, and follow the stream; called in an effect. Returns what ends it. */
  begin(): () => void {
    this.#ended = false;
    const note = () => this.note();
    const ends = [...this.#names.map((name) => watch.on(name, note)), watch.onReload(note)];
    void this.reload();
    return () => {
      this.#ended = true;
      clearTimeout(this.#timer);
      this.#timer = 0;
      for (const end of ends) end();
    };
  }

  /** Read soon: something changed. */
  note(): void {
    this.#timer ||= setTimeout(() => {
      this.#timer = 0;
      void this.reload();
    }, TOGETHER_MS) as unknown as number;
  }

  /** Read now, or once more after the present request. */
  async reload(): Promise<void> {
    if (this.#reading) {
      this.#again = true;
      return;
    }
    this.#reading = true;
    do {
      this.#again = false;
      await this.#attempt();
    } while (this.#again && !this.#ended);
    this.#reading = false;
  }

  async #attempt(): Promise<void> {
    try {
      const value = await this.#read();
      if (!this.#ended) [this.value, this.trouble] = [value, ""];
    } catch (error) {
      if (!this.#ended) this.trouble = wordsOf(error).title;
    }
  }
}
