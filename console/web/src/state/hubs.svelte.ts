// The hubs of the world with how they look now, kept by the stream. Only with the lab.
import { SvelteMap } from "svelte/reactivity";

import { dataOf } from "../api/client";
import type { FleetHub } from "../api/fleet_hub";
import type { components } from "../api/schema";
import { session } from "./session.svelte";
import { attempt } from "./toasts.svelte";
import { watch } from "./watch.svelte";

type FleetView = components["schemas"]["FleetView"];

/** The largest page that the cloud gives. */
const PAGE = 200;

class Hubs {
  /** By hub id. Reading one hub depends on that hub only. */
  readonly all = new SvelteMap<string, FleetHub>();
  /** Whether all hubs were read. */
  complete = $state(false);
  #loading: Promise<boolean> | null = null;
  #generation = 0;

  /** Follow the stream; called in an effect of the frame. Returns what ends it. */
  begin(): () => void {
    const ends = [
      watch.on("hub", (hub) => void this.all.set(hub.hub, hub)),
      watch.onReload(() => void (this.complete || this.#loading ? this.reload() : this.clear())),
    ];
    return () => {
      for (const end of ends) end();
      this.clear();
    };
  }

  get(hub: string): FleetHub | undefined {
    return this.all.get(hub);
  }

  /** Read one hub that the stream has not sent yet. */
  async need(hub: string): Promise<void> {
    if (this.all.has(hub)) return;
    const generation = this.#generation;
    const page = dataOf(await session.lab.GET("/lab/fleet", { params: { query: { search: hub } } }));
    const found = page.hubs.find((one) => one.hub === hub);
    if (found && generation === this.#generation && !this.all.has(hub)) this.all.set(hub, found);
  }

  /** Read all hubs, once; a second call waits for the same. */
  load(): Promise<boolean> {
    this.#loading ??= attempt(() => this.#read(this.#generation));
    return this.#loading;
  }

  /** Read all hubs again. */
  reload(): Promise<boolean> {
    this.clear();
    return this.load();
  }

  clear(): void {
    this.#generation += 1;
    this.#loading = null;
    this.complete = false;
    this.all.clear();
  }

  async #read(generation: number): Promise<void> {
    for (let page: string | null | undefined; page !== null; ) {
      const query: { limit: number; page?: string } = { limit: PAGE, ...(page ? { page } : {}) };
      const answer: FleetView = dataOf(await session.lab.GET("/lab/fleet", { params: { query } }));
      if (generation !== this.#generation) return;
      // A hub that came by the stream in the meantime is newer.
      for (const hub of answer.hubs) if (!this.all.has(hub.hub)) this.all.set(hub.hub, hub);
      page = answer.next_page;
    }
    this.complete = true;
  }
}

export const hubs = new Hubs();
