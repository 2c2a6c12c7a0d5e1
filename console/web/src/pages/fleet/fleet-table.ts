// The hubs of a fleet, filtered, sorted and counted. Pure.
//
// A change of one hub costs a binary search, not a new sort of thousands: the order is total, because the id
// decides last.
import { FACETS, chosenMasks, facetBits, passes } from "./facets";
import { SORT_KEYS, type SortKey, type Sorting } from "./fleet-columns";
import type { FleetHub } from "../../api/fleet_hub";
import { modelTexts } from "../../parts/hub-models";

export interface FleetFilter {
  /** Words that a hub must have in its id, name, object, company, country or model. */
  search: string;
  /** Names of facets. */
  states: readonly string[];
}

interface Entry {
  hub: FleetHub;
  bits: number;
  text: string;
  key: SortKey;
  name: string;
}

/** More changes at once are cheaper with one new sort. */
const SORT_AGAIN = 500;
const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

export class FleetTable {
  #entries = new Map<string, Entry>();
  #shown: Entry[] = [];
  #counts = FACETS.map(() => 0);
  #words: string[] = [];
  #masks: number[] = [];
  #sorting: Sorting = { column: "name", down: false };

  /** The number of all hubs. */
  get size(): number {
    return this.#entries.size;
  }

  /** The number of hubs that the filter lets through. */
  get length(): number {
    return this.#shown.length;
  }

  /** The number of hubs for each facet, with any filter. */
  get counts(): Record<string, number> {
    return Object.fromEntries(FACETS.map((facet, index) => [facet.name, this.#counts[index] ?? 0]));
  }

  get(hub: string): FleetHub | undefined {
    return this.#entries.get(hub)?.hub;
  }

  /** The hub at a place of the order that is shown. */
  at(place: number): FleetHub | undefined {
    return this.#shown[place]?.hub;
  }

  /** The hubs from one place to before another one. */
  slice(from: number, to: number): FleetHub[] {
    return this.#shown.slice(from, to).map((entry) => entry.hub);
  }

  /** The ids of the hubs that are shown, in their order. */
  ids(): string[] {
    return this.#shown.map((entry) => entry.hub.hub);
  }

  /** The place of a hub in the order that is shown, or -1. */
  placeOf(hub: string): number {
    const entry = this.#entries.get(hub);
    return entry && this.#passes(entry) ? this.#find(entry) : -1;
  }

  /** Add hubs, or replace what is known of them. */
  put(hubs: readonly FleetHub[]): void {
    const again = hubs.length >= SORT_AGAIN;
    for (const hub of hubs) {
      const before = this.#entries.get(hub.hub);
      const entry = this.#entry(hub);
      if (!again && before && this.#passes(before)) this.#takeOut(before);
      this.#entries.set(hub.hub, entry);
      this.#count(before?.bits ?? 0, entry.bits);
      if (!again && this.#passes(entry)) this.#shown.splice(this.#find(entry, true), 0, entry);
    }
    if (again) this.#arrange();
  }

  remove(hub: string): void {
    const before = this.#entries.get(hub);
    if (before === undefined) return;
    if (this.#passes(before)) this.#takeOut(before);
    this.#count(before.bits, 0);
    this.#entries.delete(hub);
  }

  clear(): void {
    this.#entries.clear();
    this.#shown = [];
    this.#counts = FACETS.map(() => 0);
  }

  /** Set what is shown, and in which order. */
  show(filter: FleetFilter, sorting: Sorting): void {
    this.#words = wordsOf(filter.search);
    this.#masks = chosenMasks(filter.states);
    if (sorting.column !== this.#sorting.column) {
      const key = SORT_KEYS[sorting.column];
      for (const entry of this.#entries.values()) entry.key = key(entry.hub);
    }
    this.#sorting = sorting;
    this.#arrange();
  }

  #entry(hub: FleetHub): Entry {
    const fields = [hub.hub, hub.name, hub.object_name, hub.company_name, hub.country, ...modelTexts(hub.model)];
    return {
      hub,
      bits: facetBits(hub),
      text: fields.filter(Boolean).join("\n").toLowerCase(),
      key: SORT_KEYS[this.#sorting.column](hub),
      name: hub.name ?? hub.hub,
    };
  }

  #passes(entry: Entry): boolean {
    return passes(entry.bits, this.#masks) && this.#words.every((word) => entry.text.includes(word));
  }

  #arrange(): void {
    this.#shown = [...this.#entries.values()].filter((entry) => this.#passes(entry));
    this.#shown.sort((a, b) => this.#compare(a, b));
  }

  #compare(a: Entry, b: Entry): number {
    const byKey = compareKeys(a.key, b.key, this.#sorting.down);
    return byKey || compareTexts(a.name, b.name) || (a.hub.hub < b.hub.hub ? -1 : Number(a.hub.hub > b.hub.hub));
  }

  /** The place of an entry, or with `free` the place where it belongs. -1: it is not there. */
  #find(entry: Entry, free = false): number {
    let [low, high] = [0, this.#shown.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#compare(this.#shown[middle]!, entry) < 0) low = middle + 1;
      else high = middle;
    }
    return free || this.#shown[low] === entry ? low : -1;
  }

  #takeOut(entry: Entry): void {
    const place = this.#find(entry);
    if (place >= 0) this.#shown.splice(place, 1);
  }

  #count(before: number, after: number): void {
    for (let index = 0; index < FACETS.length; index += 1) {
      this.#counts[index]! += ((after >> index) & 1) - ((before >> index) & 1);
    }
  }
}

/** The words of a search, in lower case. */
export function wordsOf(search: string): string[] {
  return search.toLowerCase().split(/\s+/).filter(Boolean);
}

function compareKeys(a: SortKey, b: SortKey, down: boolean): number {
  if (a === b) return 0;
  if (a === null) return 1;
  if (b === null) return -1;
  const order = typeof a === "number" && typeof b === "number" ? a - b : compareTexts(String(a), String(b));
  return down ? -order : order;
}

function compareTexts(a: string, b: string): number {
  return a === b ? 0 : collator.compare(a, b);
}
