import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { SharedStream, type StreamState } from "../src/state/shared_stream";

/** The locks of a browser: one holder, the others wait in order. */
class FakeLocks {
  #waiting: (() => void)[] = [];
  #held = false;

  async request(_name: string, { signal }: { signal: AbortSignal }, work: () => Promise<void>): Promise<void> {
    if (this.#held) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    if (signal.aborted) return this.#waiting.shift()?.();
    this.#held = true;
    await work();
    this.#held = false;
    this.#waiting.shift()?.();
  }
}

/** The server: each connection gets what the test sends, and its headers are kept. */
class FakeServer {
  readonly asked: Record<string, string>[] = [];
  status = 200;
  #body: ReadableStreamDefaultController<Uint8Array> | null = null;

  readonly fetch = async (_url: string, { headers, signal }: { headers: Record<string, string>; signal: AbortSignal }) => {
    this.asked.push(headers);
    if (this.status !== 200) return new Response("", { status: this.status });
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.#body = controller;
        signal.addEventListener("abort", () => {
          this.#body = null;
          controller.error(new DOMException("left", "AbortError"));
        });
      },
    });
    return new Response(body);
  };

  async send(id: string, name: string, data: unknown): Promise<void> {
    const body = await eventually(() => this.#body ?? expect.fail("no tab reads"));
    body.enqueue(new TextEncoder().encode(`id: ${id}\nevent: ${name}\ndata: ${JSON.stringify(data)}\n\n`));
  }

  end(): void {
    this.#body?.close();
    this.#body = null;
  }
}

const eventually = vi.waitFor;

class Tab {
  readonly seen: string[] = [];
  state: StreamState = "connecting";
  readonly stream: SharedStream;

  constructor(name: string) {
    this.stream = new SharedStream(name, "http://server/lab/watch", "hello", {
      onEvent: (event) => void this.seen.push(`${event.name} ${event.data}`),
      onState: (state) => (this.state = state),
    });
    open.push(this);
  }
}

const open: Tab[] = [];
let server: FakeServer;

beforeEach(() => {
  server = new FakeServer();
  vi.stubGlobal("fetch", server.fetch);
  vi.stubGlobal("navigator", { locks: new FakeLocks() });
});

afterEach(() => {
  for (const tab of open.splice(0)) tab.stream.close();
  vi.unstubAllGlobals();
});

test("all tabs see each event, over one connection", async () => {
  const [first, second] = [new Tab("one"), new Tab("one")];
  await server.send("0.a.0", "hello", 1);
  await server.send("0.a.1", "hub", 2);

  await eventually(() => expect(second.seen).toEqual(["hello 1", "hub 2"]));
  expect(first.seen).toEqual(second.seen);
  expect(second.state).toBe("live");
  expect(server.asked).toHaveLength(1);
});

test("a tab that comes later gets the greeting", async () => {
  const first = new Tab("two");
  await server.send("0.a.0", "hello", 1);
  await eventually(() => expect(first.seen).toHaveLength(1));

  const late = new Tab("two");
  await eventually(() => expect(late.seen).toEqual(["hello 1"]));
  await server.send("0.a.1", "hub", 2);

  await eventually(() => expect(late.seen).toEqual(["hello 1", "hub 2"]));
});

test("the next tab continues after the last event when the reading one closes", async () => {
  const [first, second] = [new Tab("three"), new Tab("three")];
  await server.send("0.a.0", "hello", 1);
  await server.send("0.a.7", "hub", 2);
  await eventually(() => expect(second.seen).toHaveLength(2));

  first.stream.close();

  await eventually(() => expect(server.asked).toHaveLength(2));
  expect(server.asked[1]?.["Last-Event-ID"]).toBe("0.a.7");
  await server.send("0.a.7", "hub", 2);
  await server.send("0.a.8", "hub", 3);
  await eventually(() => expect(second.seen).toEqual(["hello 1", "hub 2", "hub 3"]));
});

test("a connection that ends is made again from where it was", async () => {
  const tab = new Tab("four");
  await server.send("0.a.5", "hub", 1);
  await eventually(() => expect(tab.seen).toHaveLength(1));
  server.end();
  await eventually(() => expect(tab.state).toBe("away"));

  tab.stream.retry();

  await eventually(() => expect(tab.state).toBe("live"));
  expect(server.asked[1]?.["Last-Event-ID"]).toBe("0.a.5");
});

test("a server without the stream is not asked again", async () => {
  server.status = 404;
  const tab = new Tab("five");

  await eventually(() => expect(tab.state).toBe("absent"));
  expect(server.asked).toHaveLength(1);
});
