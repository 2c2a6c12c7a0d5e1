// The hubs of the Fleet page: read once, then kept by the stream. The table is not reactive; `changes` says
// that it is another one than before, at most ten times a second however many hubs change.
import type { FleetHub } from "../../api/fleet_hub";
import { hubs } from "../../state/hubs.svelte";
import { watch } from "../../state/watch.svelte";
import type { Sorting } from "./fleet-columns";
import { FleetTable, type FleetFilter } from "./fleet-table";

const TOGETHER_MS = 100;

export class FleetStore {
  /** Read it before the table: an effect that does runs again after a change. */
  changes = $state(0);
  complete = $state(false);
  readonly table = new FleetTable();
  #pending = new Map<string, FleetHub>();
  #timer = 0;
  #count = 0;

  /** Read all hubs and follow the stream; called in an effect of the page. Returns what ends it. */
  begin(): () => void {
    const ends = [
      watch.on("hub", (hub) => {
        this.#pending.set(hub.hub, hub);
        this.#timer ||= setTimeout(() => this.#flush(), TOGETHER_MS) as unknown as number;
      }),
      watch.onReload(() => void this.#load()),
    ];
    void this.#load();
    return () => {
      for (const end of ends) end();
      clearTimeout(this.#timer);
      this.#timer = 0;
    };
  }

  show(filter: FleetFilter, sorting: Sorting): void {
    this.table.show(filter, sorting);
    this.#change();
  }

  /** Read all hubs again: some may be gone. */
  reload(): void {
    void hubs.reload();
    void this.#load();
  }

  /** Without reading `changes`: an effect that causes a change must not depend on it. */
  #change(): void {
    this.changes = this.#count += 1;
  }

  async #load(): Promise<void> {
    this.complete = false;
    if (!(await hubs.load())) return;
    this.table.clear();
    this.table.put([...hubs.all.values()]);
    this.complete = true;
    this.#flush();
  }

  #flush(): void {
    this.#timer = 0;
    if (this.complete) this.table.put([...this.#pending.values()]);
    this.#pending.clear();
    this.#change();
  }
}
