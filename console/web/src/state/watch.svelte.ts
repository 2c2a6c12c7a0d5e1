// The live events of the world that is shown. One connection for all tabs; it comes back by itself.
import { baseOf } from "../api/client";
import { place } from "./place.svelte";
import { SharedStream, type StreamState } from "./shared_stream";
import type { Hello, WatchEvents, WatchName } from "./watch_types";

type Handler<N extends WatchName> = (event: WatchEvents[N]) => void;

class Watch {
  /** `absent`: the server has no lab. */
  state = $state<StreamState>("connecting");
  /** The run of the world; null before the first connection. */
  run = $state<string | null>(null);
  readonly #handlers = new Map<WatchName, Set<Handler<never>>>();
  readonly #reloads = new Set<() => void>();
  #stream: SharedStream | null = null;

  /** Watch the world that is shown; called in an effect of the frame. Returns what ends it. */
  begin(): () => void {
    const world = place.world;
    this.run = null;
    this.state = "connecting";
    const stream = new SharedStream(`hubsim-watch-${world}`, `${baseOf(world)}/lab/watch`, "hello", {
      onState: (state) => (this.state = state),
      onEvent: ({ name, data }) => this.#dispatch(name as WatchName, JSON.parse(data)),
    });
    this.#stream = stream;
    return () => stream.close();
  }

  /** Call `handler` for each event of this name. Returns what ends it: return it from `$effect` or `onMount`. */
  on<N extends WatchName>(name: N, handler: Handler<N>): () => void {
    const handlers = this.#handlers.get(name) ?? new Set();
    this.#handlers.set(name, handlers);
    handlers.add(handler as Handler<never>);
    return () => void handlers.delete(handler as Handler<never>);
  }

  /**
   * Call `load` whenever all that a page has read is stale: the world was reset or restored, the server started
   * again, events were missed. It is not called at once. Returns what ends it.
   */
  onReload(load: () => void): () => void {
    this.#reloads.add(load);
    return () => void this.#reloads.delete(load);
  }

  /** Connect now if the server was away. */
  retry(): void {
    this.#stream?.retry();
  }

  #dispatch<N extends WatchName>(name: N, event: WatchEvents[N]): void {
    const stale = name === "hello" && this.#greet(event as Hello);
    for (const handler of this.#handlers.get(name) ?? []) (handler as Handler<N>)(event);
    if (stale) for (const load of [...this.#reloads]) load();
  }

  /** Returns whether all that was read before is stale. */
  #greet({ run, missed }: Hello): boolean {
    const before = this.run;
    this.run = run;
    return before !== null && (before !== run || missed > 0);
  }
}

export const watch = new Watch();
