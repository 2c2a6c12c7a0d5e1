// Says when a view of an account may have changed, so that a page reads it again. With the lab it follows the stream
// of the world, without it the events of the account that acts.
import { EventStream } from "./event_stream";
import { place } from "./place.svelte";
import { server } from "./server.svelte";
import { session } from "./session.svelte";
import { watch } from "./watch.svelte";

/** Several changes within this time, in ms, are one. */
const TOGETHER_MS = 60;

class Changes {
  /** Read it in an effect that loads a view: the effect runs again after each change. */
  count = $state(0);
  #timer = 0;

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
    this.#timer = setTimeout(() => {
      this.#timer = 0;
      this.count += 1;
    }, TOGETHER_MS) as unknown as number;
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
