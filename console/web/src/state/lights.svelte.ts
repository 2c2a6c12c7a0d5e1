// The parties that act at this moment: persons, cloud, carrier and hubs light up for a while.
import { SvelteMap } from "svelte/reactivity";

import { watch } from "./watch.svelte";

/** How long a light stays on, in ms. */
const LIT_MS = 1_600;

class Lights {
  /** The parties that are lit: `person:EMAIL`, `cloud`, `carrier`, a hub id; with the number of times. */
  readonly lit = new SvelteMap<string, number>();
  readonly #timers = new Map<string, ReturnType<typeof setTimeout>>();

  /** Follow the stream for these hubs; call it in an effect. Returns what ends it. */
  begin(hubs: readonly string[]): () => void {
    const concerns = (hub: string | null) => hub !== null && hubs.includes(hub);
    const ends = [
      watch.on("act", ({ actor }) => this.#light(`person:${actor.email ?? ""}`, "cloud")),
      watch.on("message", ({ sender, receiver, hub }) => concerns(hub) && void this.#light(sender, receiver)),
      watch.on("order", ({ hub, state }) => concerns(hub) && this.#light("carrier", state === "placed" ? "cloud" : "carrier")),
      watch.on("hands", ({ hub }) => concerns(hub) && this.#light(hub)),
    ];
    return () => {
      for (const end of ends) end();
    };
  }

  #light(...parties: string[]): void {
    for (const party of parties) {
      clearTimeout(this.#timers.get(party));
      this.lit.set(party, (this.lit.get(party) ?? 0) + 1);
      this.#timers.set(
        party,
        setTimeout(() => this.lit.delete(party), LIT_MS),
      );
    }
  }
}

export const lights = new Lights();
