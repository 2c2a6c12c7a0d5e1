// One reader of server-sent events, over fetch: it sends headers, and connects again from where it was.
import { createParser } from "eventsource-parser";

export interface StreamEvent {
  id: string | null;
  name: string;
  data: string;
}

export interface StreamHooks {
  onEvent(event: StreamEvent): void;
  /** `live` after the server has answered, `away` while it cannot be reached, `absent`: it has no such stream. */
  onState(state: "live" | "away" | "absent"): void;
  headers?(): Promise<Record<string, string>>;
}

/** The wait before the reader connects again: doubled with each failure, from the first to the last. */
const FIRST_WAIT_MS = 250;
const LAST_WAIT_MS = 4_000;
/** A server sends something at least each 15 s; a connection without anything for this long is lost. */
const SILENT_MS = 45_000;

export class EventStream {
  #controller = new AbortController();
  #closed = false;
  #wake: (() => void) | null = null;

  constructor(
    readonly url: string,
    readonly hooks: StreamHooks,
    public lastId: string | null = null,
  ) {
    void this.#run();
  }

  close(): void {
    this.#closed = true;
    this.#controller.abort();
    this.#wake?.();
  }

  /** Connect now if the reader waits. */
  retry(): void {
    this.#wake?.();
  }

  async #run(): Promise<void> {
    let failures = 0;
    while (!this.#closed) {
      const answer = await this.#read(() => (failures = 0));
      if (this.#closed) return;
      if (answer === "absent") return this.hooks.onState("absent");
      this.hooks.onState("away");
      await this.#wait(Math.min(LAST_WAIT_MS, FIRST_WAIT_MS * 2 ** failures++));
    }
  }

  /** Read one connection to its end. */
  async #read(onLive: () => void): Promise<"ended" | "absent"> {
    this.#controller = new AbortController();
    let silence = 0;
    const alive = () => {
      clearTimeout(silence);
      silence = setTimeout(() => this.#controller.abort(), SILENT_MS) as unknown as number;
    };
    try {
      const headers: Record<string, string> = { Accept: "text/event-stream", ...(await this.hooks.headers?.()) };
      if (this.lastId !== null) headers["Last-Event-ID"] = this.lastId;
      alive();
      const response = await fetch(this.url, { headers, cache: "no-store", signal: this.#controller.signal });
      if (response.status === 400 && this.lastId !== null) this.lastId = null; // an id of another server
      if (await hasNoStream(response)) return "absent";
      if (!response.ok || !response.body) return "ended";
      onLive();
      this.hooks.onState("live");
      await this.#parse(response.body, alive);
    } catch (error) {
      if (!(error instanceof TypeError || error instanceof DOMException)) throw error; // fetch: the network
    } finally {
      clearTimeout(silence);
    }
    return "ended";
  }

  async #parse(body: ReadableStream<Uint8Array>, alive: () => void): Promise<void> {
    const parser = createParser({
      onEvent: ({ id, event, data }) => {
        if (id !== undefined) this.lastId = id;
        this.hooks.onEvent({ id: id ?? null, name: event ?? "message", data });
      },
    });
    const reader = body.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>).getReader();
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      alive();
      parser.feed(part.value);
    }
  }

  async #wait(ms: number): Promise<void> {
    let timer = 0;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      timer = setTimeout(resolve, ms) as unknown as number;
    });
    clearTimeout(timer);
    this.#wake = null;
  }
}

/** Whether a retry cannot succeed. A world that is being restored is missing for a moment only. */
async function hasNoStream(response: Response): Promise<boolean> {
  if (response.status === 401 || response.status === 403) return true;
  return response.status === 404 && !(await response.text()).includes("world_not_found");
}
