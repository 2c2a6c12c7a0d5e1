// Says when a view of an account may have changed, so that a page reads it again. With the lab it follows the stream
// of the world, without it the events of the account that acts.
import { EventStream } from "./event_stream";
import { place } from "./place.svelte";
import { server } from "./server.svelte";
import { session } from "./session.svelte";
import { watch } from "./watch.svelte";

/** The wait after the first change, in ms: further ones at the same time are one with it. */
const TOGETHER_MS = 30;
/** The shortest time between two reads, in ms, while there is one change after the other. */
const APART_MS = 400;

class Changes {
  /** Read it in an effect that loads a view: the effect runs again after each change. */
  count = $state(0);
  #timer = 0;
  #last = -APART_MS;

  /** Follow the stream; called in an effect of the frame. Returns what ends it. */
  begin(): () => void {
    const note = () => this.note();
    const ends = server.config.lab
      ? [
          watch.on("act", (act) => void (act.refused ?? note())),
          watch.on("hub", note),
          watch.on("order", note),
          watch.on("clock", (clock) => void (clock.moving_to_ms === null && note())),
          watch.onReload(note),
        ]
      : [this.#account(note)];
    return () => {
      for (const end of ends) end();
    };
  }

  /** Say that something changed. */
  note(): void {
    if (this.#timer) return;
    const wait = Math.max(TOGETHER_MS, this.#last + APART_MS - performance.now());
    this.#timer = setTimeout(() => {
      this.#timer = 0;
      this.#last = performance.now();
      this.count += 1;
    }, wait) as unknown as number;
  }

  #account(note: () => void): () => void {
    const identity = session.identity;
    if (identity === null || session.mustSignIn) return () => {};
    const stream = new EventStream(`${place.base}/v1/events`, {
      onEvent: note,
      onState: (state) => (watch.state = state),
      headers: async () => ({ Authorization: `Bearer ${await session.bearerFor(identity).token()}` }),
    });
    return () => stream.close();
  }
}

export const changes = new Changes();
