// The clock of the world, its snapshots, and the other worlds.
import { dataOf, failureOf, NOBODY, onWritten, send } from "../api/client";
import { request } from "../api/request";
import type { components } from "../api/schema";
import { place } from "./place.svelte";
import { route } from "./route.svelte";
import { session } from "./session.svelte";
import { freeName } from "./snapshot_names";
import { watch } from "./watch.svelte";
import type { ClockState } from "./watch_types";
import { nextFirst } from "./zoned";

export type SnapshotRow = components["schemas"]["SnapshotRow"];
export type WorldRow = components["schemas"]["WorldRow"];

/** The zone of dates while no company with a billing zone acts. */
export const HOME_ZONE = "Europe/Warsaw";
/** Slow motion moves the clock this often, in real ms. */
const STEP_MS = 250;
/** The least time between two questions for the next deadline, in real ms. */
const LOOK_MS = 1_000;

class World {
  /** null until the server has sent it. */
  clock = $state<ClockState | null>(null);
  /** The time zone in which dates are shown. */
  zone = $state(HOME_ZONE);
  snapshots = $state<SnapshotRow[]>([]);
  worlds = $state<WorldRow[]>([]);
  /** Slow motion: world ms in a real ms; null: off. */
  pace = $state<number | null>(null);
  /** The world of the address that the server does not have; null: it has the one that is shown. */
  missing = $state<string | null>(null);
  #since = 0;
  #elapsed = $state(0);
  #stepping = false;
  #looked = 0;
  #settling: Promise<void> | null = null;
  #actsAgain = false;

  /** The world's time now, in ms; between events it runs with the browser's clock when it is not held. */
  readonly nowMs = $derived(this.clock === null ? null : this.clock.world_ms + (this.clock.held ? 0 : this.#elapsed));
  readonly moving = $derived(this.clock?.moving_to_ms != null);

  /** Follow the stream; called in an effect of the frame. Returns what ends it. */
  begin(): () => void {
    const take = (clock: ClockState) => this.#take(clock);
    const ends = [watch.on("hello", take), watch.on("clock", take), onWritten((path) => this.#noteAct(path))];
    const tick = setInterval(() => {
      if (this.clock && !this.clock.held) this.#elapsed = performance.now() - this.#since;
      this.#lookAgain();
    }, 500);
    return () => {
      clearInterval(tick);
      for (const end of ends) end();
    };
  }

  /** Read the clock, for a server without a stream. */
  async load(): Promise<void> {
    this.#take(dataOf(await session.lab.GET("/lab/clock")));
  }

  /** Move the clock forward by ms. Throws `Refused`; the answer comes when the world is idle. */
  async advanceBy(ms: number): Promise<void> {
    await this.#advance({ by: `PT${ms / 1_000}S`, to: null });
  }

  /** Move the clock forward to an instant. */
  async advanceTo(ms: number): Promise<void> {
    await this.#advance({ to: new Date(ms).toISOString(), by: null });
  }

  /** Move the clock to its next deadline, if there is one. */
  async toNextDeadline(): Promise<void> {
    const due = this.clock?.due_ms;
    if (due != null) await this.advanceTo(due);
  }

  /** Move the clock to midnight on the 1st of the next month. */
  async toFirst(): Promise<void> {
    if (this.nowMs !== null) await this.advanceTo(nextFirst(this.nowMs, this.zone));
  }

  /** Hold the clock, or release it to run with real time. */
  async hold(held: boolean): Promise<void> {
    this.#take(dataOf(await session.lab.PUT("/lab/clock", { body: { held } })));
  }

  /** Slow motion: this tab moves the held clock at a pace until it stops it with null. Throws `Refused`. */
  async run(pace: number | null): Promise<void> {
    this.pace = pace;
    if (pace === null || this.#stepping) return;
    this.#stepping = true;
    try {
      if (this.clock && !this.clock.held) await this.hold(true);
      for (let last = performance.now(); this.pace !== null; ) {
        await new Promise((resolve) => setTimeout(resolve, STEP_MS));
        if (this.pace === null) break;
        const now = performance.now();
        await this.advanceBy(Math.max(1, Math.round((now - last) * this.pace)));
        last = now;
      }
    } finally {
      this.pace = null;
      this.#stepping = false;
    }
  }

  /** Wait until a held world has settled after the acts of this page; return at once if nothing is in flight. */
  async settled(): Promise<void> {
    await this.#settling;
  }

  async loadSnapshots(): Promise<void> {
    this.snapshots = dataOf(await session.lab.GET("/lab/snapshots")).snapshots;
  }

  async save(name: string): Promise<void> {
    await session.lab.POST("/lab/snapshots", { body: { name } });
    await this.loadSnapshots();
  }

  /** Restore the world; what it is now is lost. The stream then says `hello` with a new run. */
  async restore(snapshot: string): Promise<void> {
    this.pace = null;
    await session.lab.POST("/lab/snapshots/{snapshot}/restore", { params: { path: { snapshot } } });
  }

  async forget(snapshot: string): Promise<void> {
    await session.lab.DELETE("/lab/snapshots/{snapshot}", { params: { path: { snapshot } } });
    await this.loadSnapshots();
  }

  /** The address of a snapshot as a file. */
  fileOf(snapshot: string): string {
    return `${place.base}/lab/snapshots/${encodeURIComponent(snapshot)}/file`;
  }

  /** Create a snapshot from a file that a server has written, and return its name. */
  async readFile(file: File): Promise<string> {
    const name = freeName(file.name, this.snapshots);
    const headers = { "Content-Type": "application/octet-stream" };
    await send(new Request(this.fileOf(name), { method: "PUT", headers, body: file }), NOBODY);
    await this.loadSnapshots();
    return name;
  }

  /** Open a further world from a snapshot, and show it. */
  async branch(snapshot: string): Promise<void> {
    const row = await request<WorldRow>(place.base, "POST", "/lab/worlds", { body: { snapshot } });
    this.show(row.name);
  }

  /** Open a further world from a seed such as `demo`, and show it. */
  async openSeed(seed: string): Promise<void> {
    const row = await request<WorldRow>(place.base, "POST", "/lab/worlds", { body: { seed } });
    this.show(row.name);
  }

  /** Begin the world again, from a seed such as `demo`; without one it is empty. */
  async reset(seed: string | null): Promise<void> {
    this.pace = null;
    await session.lab.POST("/lab/reset", { body: { seed, file: null } });
  }

  async loadWorlds(): Promise<void> {
    this.worlds = dataOf(await session.lab.GET("/lab/worlds")).worlds;
  }

  /** Read the worlds of a server that does not have the one of the address. */
  async loadOtherWorlds(): Promise<void> {
    this.worlds = (await request<{ worlds: WorldRow[] }>("", "GET", "/lab/worlds")).worlds;
  }

  /** Show another world; "" is the main one. The same person acts if that world has it. */
  show(name: string): void {
    route.set({ world: name, company: "" });
  }

  /** Read the clock when the next deadline has passed in real time: there is another one now. */
  #lookAgain(): void {
    const due = this.clock?.due_ms;
    if (due == null || this.nowMs === null || this.nowMs <= due || this.moving || performance.now() - this.#looked < LOOK_MS) return;
    this.#looked = performance.now();
    this.load().catch(failureOf); // the banner shows it
  }

  /**
   * Settle a held world after an act: its timers do not fire by themselves, so a hub that loses a cable would not
   * connect again by its SIM. Acts at the same time are settled together.
   */
  #noteAct(path: string): void {
    const acts = [`${place.base}/v1/`, `${place.base}/lab/hubs`].some((begin) => path.startsWith(begin));
    if (!acts || path.startsWith(`${place.base}/v1/session`) || !this.clock?.held) return;
    this.#actsAgain = true;
    this.#settling ??= this.#settle().finally(() => (this.#settling = null));
  }

  async #settle(): Promise<void> {
    while (this.#actsAgain) {
      this.#actsAgain = false;
      await session.lab.POST("/lab/settle").catch(failureOf); // the world shows what has not arrived
    }
  }

  async #advance(body: components["schemas"]["MoveClock"]): Promise<void> {
    this.#take(dataOf(await session.lab.POST("/lab/clock/advance", { body })));
  }

  #take({ world_ms, held, moving_to_ms, due_ms }: ClockState): void {
    this.clock = { world_ms, held, moving_to_ms, due_ms };
    this.#since = performance.now();
    this.#elapsed = 0;
  }
}

export const world = new World();
