// One stream for all tabs of a browser: HTTP/1.1 allows a browser six connections to a host. The tab that holds a
// Web Lock reads the stream and passes each event to the others over a BroadcastChannel. When it closes, the next
// tab gets the lock and continues after the last event that it has seen.
import { EventStream, type StreamEvent } from "./event_stream";

export type StreamState = "connecting" | "live" | "away" | "absent";

export interface SharedHooks {
  onEvent(event: StreamEvent): void;
  onState(state: StreamState): void;
}

type Told =
  | { what: "event"; event: StreamEvent }
  | { what: "state"; state: StreamState; hello: StreamEvent | null }
  | { what: "join" }
  | { what: "retry" };

export class SharedStream {
  readonly #channel: BroadcastChannel;
  readonly #leaving = new AbortController();
  #stream: EventStream | null = null;
  #state: StreamState = "connecting";
  #hello: StreamEvent | null = null;
  #lastId: string | null = null;

  /** `name` is the same in all tabs that share the stream at `url`. `greeting` is the event that begins it. */
  constructor(
    name: string,
    readonly url: string,
    readonly greeting: string,
    readonly hooks: SharedHooks,
  ) {
    this.#channel = new BroadcastChannel(name);
    this.#channel.onmessage = ({ data }: MessageEvent<Told>) => this.#receive(data);
    this.#tell({ what: "join" });
    void navigator.locks.request(name, { signal: this.#leaving.signal }, () => this.#lead()).catch(() => {});
  }

  close(): void {
    this.#leaving.abort();
    this.#stream?.close();
    this.#channel.close();
  }

  /** Connect now if the reader waits, in whichever tab it is: timers of hidden tabs are slow. */
  retry(): void {
    this.#stream?.retry();
    this.#tell({ what: "retry" });
  }

  /** Read the stream until this tab leaves: the lock is held as long. */
  #lead(): Promise<void> {
    this.#stream = new EventStream(
      this.url,
      {
        onEvent: (event) => {
          this.#tell({ what: "event", event });
          this.#take(event);
        },
        onState: (state) => {
          this.#become(state);
          this.#tell({ what: "state", state, hello: null });
        },
      },
      this.#lastId,
    );
    return new Promise((resolve) => this.#leaving.signal.addEventListener("abort", () => resolve()));
  }

  #receive(told: Told): void {
    if (told.what === "event") this.#take(told.event);
    else if (told.what === "state") {
      if (told.hello !== null && this.#hello === null) this.#take(told.hello);
      this.#become(told.state);
    } else if (this.#stream !== null) {
      if (told.what === "retry") this.#stream.retry();
      else this.#tell({ what: "state", state: this.#state, hello: this.#hello });
    }
  }

  #take(event: StreamEvent): void {
    const seen = event.id !== null && this.#seen(event.id);
    if (event.name === this.greeting) this.#hello = event;
    else if (seen) return;
    if (!seen) this.#lastId = event.id ?? this.#lastId;
    this.hooks.onEvent(event);
  }

  /** Whether the event came before: two tabs can pass the same one while the lock goes from one to the other. */
  #seen(id: string): boolean {
    if (this.#lastId === null) return false;
    const [run, position] = split(id);
    const [lastRun, last] = split(this.#lastId);
    return run === lastRun && position <= last;
  }

  #become(state: StreamState): void {
    this.#state = state;
    this.hooks.onState(state);
  }

  #tell(told: Told): void {
    this.#channel.postMessage(told);
  }
}

/** The run and the position of an event id, which ends with a number. */
function split(id: string): [string, number] {
  const digits = /\d*$/.exec(id)?.[0] ?? "";
  return [id.slice(0, id.length - digits.length), Number(digits)];
}
