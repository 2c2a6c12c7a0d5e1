// The play that a page shows. It is read once, and then follows the stream. A play in a world whose stream this page
// does not have is read again each second.
import { request, type Method } from "../../api/request";
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
  /** For each open request, the events since it was sent: its answer may be older than they are. */
  readonly #since = new Set<PlayProgress[]>();

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
      await this.#read("GET", "");
    } catch (error) {
      if (id === this.#id) this.trouble = wordsOf(error).title;
    }
  }

  /** Steer the play. Throws `Refused`. */
  async steer(how: "pause" | "continue" | "step" | "stop"): Promise<void> {
    await this.#read("POST", `/${how}`);
  }

  async setBreakpoints(lines: readonly number[]): Promise<void> {
    await this.#read("PUT", "/breakpoints", { lines });
  }

  async #read(method: Method, path: string, body?: unknown): Promise<void> {
    const id = this.#id;
    const since: PlayProgress[] = [];
    this.#since.add(since);
    try {
      const parts = body === undefined ? {} : { body };
      const play = await request<HostedPlay>("", method, `/lab/plays/${encodeURIComponent(id)}${path}`, parts);
      if (id === this.#id) [this.play, this.trouble] = [since.reduce(follow, play), ""];
    } finally {
      this.#since.delete(since);
    }
  }

  #take(progress: PlayProgress): void {
    if (progress.play !== this.#id) return;
    for (const since of this.#since) since.push(progress);
    if (this.play === null) return;
    this.play = follow(this.play, progress);
    if (isOver(progress.state)) void this.load(); // all steps, and the report
  }
}
