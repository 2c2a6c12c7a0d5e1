// The rows of the lab that pages show in lists, and how their pages are read.
import { request } from "../api/request";
import type { components } from "../api/schema";
import { place } from "./place.svelte";

type Schemas = components["schemas"];
export type CardRow = Schemas["CardRow"];
export type OrderRow = Schemas["OrderRow"];
export type Deadline = Schemas["Deadline"];
export type FaultRow = Schemas["FaultRow"];

/** The largest page that the lab gives. */
export const PAGE = 200;

export interface Listed<T> {
  rows: T[];
  /** Whether there are more than those that were read. */
  more: boolean;
}

/** Read the first `most` rows of a list in pages. `filter` is the query of the list. */
export async function readRows<T>(
  path: string,
  field: string,
  most: number,
  filter: Readonly<Record<string, string>> = {},
): Promise<Listed<T>> {
  const rows: T[] = [];
  let page = "";
  for (;;) {
    const limit = String(Math.min(PAGE, most - rows.length));
    const answer: Record<string, unknown> = await request(place.base, "GET", path, { query: { ...filter, limit, page } });
    rows.push(...(answer[field] as T[]));
    const next = answer.next_page as string | null;
    if (next === null || rows.length >= most) return { rows, more: next !== null };
    page = next;
  }
}
