// A view of the cloud on a page: loaded, and loaded again after each change.
import { untrack } from "svelte";

import { dataOf, failureOf, type Failure } from "../../../api/client";
import { changes } from "../../../state/changes.svelte";
import { words } from "../../../words/index.svelte";

type Answer<T> = Promise<{ data?: T }>;

/** Created while a component is initialised. Values that `ask` reads make it load again when they change. */
export class Loaded<T> {
  value = $state.raw<T>();
  /** Why the last request was not granted; the value stays as it was. */
  problem = $state.raw<Failure | null>(null);
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
      const problem = failureOf(error);
      if (number !== this.#asked) return;
      this.problem = problem;
    }
    this.ready = true;
  }
}

/** The number of rows that a list shows at first, and that each "Show more" adds. */
const PAGE = 50;

/** The largest page of the cloud. */
const LARGEST_PAGE = 200;

/** The part of a query that chooses a page; without a token, the first one. */
export interface PageQuery {
  page: string | undefined;
  limit: number;
}

interface Pages<Row, View> {
  rows: Row[];
  /** The last page that was read. */
  last: View | undefined;
}

/** A list with pages. Created while a component is initialised. */
export class LoadedList<Row, View extends { next_page: string | null }> {
  #count = $state(PAGE);
  readonly #ask: (query: PageQuery) => Answer<View> | null;
  readonly #rowsOf: (view: View) => Row[];
  readonly #loaded: Loaded<Pages<Row, View>>;

  /**
   * `ask` sends a query for one page; `rowsOf` returns the rows of its answer. Values that `ask` reads make the list load
   * again. `first` is the number of rows at first.
   */
  constructor(ask: (query: PageQuery) => Answer<View> | null, rowsOf: (view: View) => Row[], first = PAGE) {
    this.#ask = ask;
    this.#rowsOf = rowsOf;
    this.#count = first;
    this.#loaded = new Loaded(() => this.#read(this.#count));
  }

  get rows(): Row[] {
    return this.#loaded.value?.rows ?? [];
  }

  /** The page of the cloud that has the last of the rows. */
  get page(): View | undefined {
    return this.#loaded.value?.last;
  }

  /** Whether the cloud has more rows than are shown. */
  get more(): boolean {
    return this.page !== undefined && this.page.next_page !== null;
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

  async #read(count: number): Promise<{ data: Pages<Row, View> }> {
    const limit = count > PAGE ? LARGEST_PAGE : PAGE;
    const rows: Row[] = [];
    let last: View | undefined;
    do {
      const answer: { data?: View } | null = await this.#ask({ page: last?.next_page ?? undefined, limit });
      if (answer === null) break;
      last = dataOf(answer);
      rows.push(...this.#rowsOf(last));
    } while (last.next_page !== null && rows.length < count);
    return { data: { rows, last } };
  }
}

/** An act of a person: one at a time, with its refusal. */
export class Act {
  busy = $state(false);
  problem = $state.raw<Failure | null>(null);

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
      this.problem = failureOf(error);
      return null;
    } finally {
      this.busy = false;
    }
  }
}
