// The rows of the lab that the pages of the inside show, and how their pages are read.
import { request } from "../../api/request";
import { place } from "../../state/place.svelte";

export interface CardRow {
  iccid: string;
  kind: "ajax" | "ordinary";
  /** The hub that has it in a slot. */
  hub: string | null;
  slot: number | null;
  condition: "healthy" | "locked" | "broken" | null;
  /** The profile at the carrier; null for an ordinary card. */
  profile: "active" | "inactive" | null;
  ordered: "active" | "inactive" | null;
  suspended: boolean;
  data: "open" | "throttled" | "blocked" | null;
  attached_hub: string | null;
}

export interface OrderRow {
  iccid: string;
  hub: string | null;
  sequence: number;
  profile: "active" | "inactive";
  state: string;
  placed_ms: number;
  confirmed_ms: number | null;
  attempts: number | null;
  reason: string | null;
}

export interface Deadline {
  due_ms: number;
  kind: string;
  /** `cloud`, `carrier`, or the id of a hub. */
  who: string;
  hub: string | null;
  company: string | null;
  company_name: string | null;
  object_name: string | null;
  about: string;
}

export interface FaultRow {
  id: string;
  fault: { fault: string; [field: string]: unknown };
  hub: string | null;
  armed_ms: number;
  left: number;
}

/** The largest page that the lab gives. */
export const PAGE = 200;

export interface Listed<T> {
  rows: T[];
  /** Whether there are more than those that were read. */
  more: boolean;
}

/** Read the first `most` rows of a list in pages. */
export async function readRows<T>(path: string, field: string, most: number, search: string): Promise<Listed<T>> {
  const rows: T[] = [];
  let page = "";
  for (;;) {
    const limit = String(Math.min(PAGE, most - rows.length));
    const answer: Record<string, unknown> = await request(place.base, "GET", path, { query: { limit, page, search } });
    rows.push(...(answer[field] as T[]));
    const next = answer.next_page as string | null;
    if (next === null || rows.length >= most) return { rows, more: next !== null };
    page = next;
  }
}
