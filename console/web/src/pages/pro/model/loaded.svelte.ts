// A view of the cloud on a page: loaded, and loaded again after each change.
import { untrack } from "svelte";

import { Refused, Unreachable } from "../../../api/client";
import { changes } from "../../../state/changes.svelte";
import { words } from "../../../words/index.svelte";

type Answer<T> = Promise<{ data?: T }>;

/** Created while a component is initialised. Values that `ask` reads make it load again when they change. */
export class Loaded<T> {
  value = $state.raw<T>();
  /** Why the last request was not granted; the value stays as it was. */
  problem = $state.raw<Refused | Unreachable | null>(null);
  /** False until the first answer. */
  ready = $state(false);
  #asked = 0;

  constructor(ask: () => Answer<T> | null) {
    $effect(() => {
      void changes.count;
      void words.language; // a refusal is in the user's language
      const answer = ask();
      untrack(() => this.#take(answer));
    });
  }

  async #take(answer: Answer<T> | null): Promise<void> {
    const number = ++this.#asked;
    try {
      const value = answer === null ? undefined : (await answer).data;
      if (number !== this.#asked) return; // a later request has been sent
      this.value = value;
      this.problem = null;
    } catch (error) {
      if (!(error instanceof Refused || error instanceof Unreachable)) throw error;
      if (number !== this.#asked) return;
      this.problem = error;
    }
    this.ready = true;
  }
}

/** The number of rows that a list shows at first, and that each "Show more" adds. */
const PAGE = 50;

/** The largest page of the cloud. */
const LARGEST_PAGE = 200;

function limitOf(count: number): string {
  return String(count > PAGE ? LARGEST_PAGE : PAGE);
}

interface Page<Row> {
  rows: Row[];
  next: string | null;
}

/** A list with pages. Created while a component is initialised. */
export class LoadedList<Row> {
  rows = $state.raw<Row[]>([]);
  /** Whether the cloud has more rows than are shown. */
  more = $state(false);
  #count = $state(PAGE);
  readonly #loaded: Loaded<Page<Row>>;

  /**
   * `ask` gets the token of a page and the number of rows. Values that it reads make the list load again. `first` is the
   * number of rows at first.
   */
  constructor(ask: (page: string | undefined, limit: string) => Promise<Page<Row>>, first = PAGE) {
    this.#count = first;
    this.#loaded = new Loaded(() => {
      const count = this.#count;
      return this.#all(ask, ask(undefined, limitOf(count)), count);
    });
    $effect(() => {
      const page = this.#loaded.value;
      this.rows = page?.rows ?? [];
      this.more = page !== undefined && page.next !== null;
    });
  }

  get problem() {
    return this.#loaded.problem;
  }

  get ready(): boolean {
    return this.#loaded.ready;
  }

  showMore(): void {
    this.#count += PAGE;
  }

  async #all(
    ask: (page: string | undefined, limit: string) => Promise<Page<Row>>,
    first: Promise<Page<Row>>,
    count: number,
  ): Promise<{ data: Page<Row> }> {
    let { rows, next } = await first;
    while (next !== null && rows.length < count) {
      const page: Page<Row> = await ask(next, limitOf(count));
      rows = [...rows, ...page.rows];
      next = page.next;
    }
    return { data: { rows, next } };
  }
}

/** An act of a person: one at a time, with its refusal. */
export class Act {
  busy = $state(false);
  problem = $state.raw<Refused | Unreachable | null>(null);

  /** Perform it. Returns the answer, or null after a refusal; nothing has changed then. */
  async run<T>(perform: () => Promise<T>): Promise<T | null> {
    if (this.busy) return null;
    this.busy = true;
    this.problem = null;
    try {
      const answer = await perform();
      changes.note();
      return answer;
    } catch (error) {
      if (!(error instanceof Refused || error instanceof Unreachable)) throw error;
      this.problem = error;
      return null;
    } finally {
      this.busy = false;
    }
  }
}
