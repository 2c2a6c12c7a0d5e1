// The play that a page shows. It is read once, and then follows the stream. A play in a world whose stream this page
// does not have is read again each second.
import { request } from "../../api/request";
import { place } from "../../state/place.svelte";
import { wordsOf } from "../../state/toasts.svelte";
import { watch } from "../../state/watch.svelte";
import { follow, isOver, type HostedPlay, type PlayProgress } from "./hosted-play";

const POLL_MS = 1_000;

export class PlayFollower {
  play = $state.raw<HostedPlay | null>(null);
  /** Why the play cannot be read. */
  trouble = $state("");
  #id = "";

  /** Follow a play; called in an effect. Returns what ends it. */
  begin(id: string): () => void {
    this.#id = id;
    this.play = null;
    this.trouble = "";
    void this.load();
    const ends = [
      watch.on("play", (event) => this.#take(event as unknown as PlayProgress)),
      watch.onReload(() => void this.load()),
    ];
    const timer = setInterval(() => {
      const { play } = this;
      if (play && !isOver(play.state) && place.world !== "" && place.world !== play.world) void this.load();
    }, POLL_MS);
    return () => {
      this.#id = "";
      clearInterval(timer);
      for (const end of ends) end();
    };
  }

  async load(): Promise<void> {
    const id = this.#id;
    try {
      const play = await request<HostedPlay>("", "GET", `/lab/plays/${encodeURIComponent(id)}`);
      if (id === this.#id) [this.play, this.trouble] = [play, ""];
    } catch (error) {
      if (id === this.#id) this.trouble = wordsOf(error).title;
    }
  }

  /** Steer the play. Throws `Refused`. */
  async steer(how: "pause" | "continue" | "step" | "stop"): Promise<void> {
    this.play = await request<HostedPlay>("", "POST", `/lab/plays/${encodeURIComponent(this.#id)}/${how}`);
  }

  async setBreakpoints(lines: readonly number[]): Promise<void> {
    const path = `/lab/plays/${encodeURIComponent(this.#id)}/breakpoints`;
    this.play = await request<HostedPlay>("", "PUT", path, { body: { lines } });
  }

  #take(progress: PlayProgress): void {
    if (this.play === null || progress.play !== this.#id) return;
    this.play = follow(this.play, progress);
    if (isOver(progress.state)) void this.load(); // all steps, and the report
  }
}
