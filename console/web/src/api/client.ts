// The typed client of the cloud's HTTP API. Types are generated from `/openapi.json` (`npm run api`).
import createClient from "openapi-fetch";

import { words } from "../words/index.svelte";
import type { paths } from "./schema";

/** A problem document (RFC 9457) of the cloud. */
export interface Problem {
  name: string;
  title: string;
  detail?: string;
  facts?: Record<string, string>;
  errors?: { pointer: string; what: string }[];
}

/** A request that was not granted. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly problem: Problem,
  ) {
    super(problem.detail ?? problem.title);
  }

  /** The name of the refusal or the problem, such as `sim_not_installed`. */
  get reason(): string {
    return this.problem.name;
  }

  /** The values that caused it, by name. */
  get facts(): Record<string, string> {
    return this.problem.facts ?? {};
  }
}

/** The cloud cannot be reached. */
export class Unreachable extends Error {
  constructor() {
    super("the cloud cannot be reached");
  }
}

export type Failure = Refused | Unreachable;

/** `error` as the failure of a request. Any other error is a bug and is thrown again. */
export function failureOf(error: unknown): Failure {
  if (error instanceof Refused || error instanceof Unreachable) return error;
  throw error;
}

/** Where the token of the requests comes from; null: the requests have none. */
export interface Bearer {
  token(): Promise<string | null>;
  /** A new token after the cloud has refused `old`; null: there is none. */
  renew(old: string): Promise<string | null>;
}

export const NOBODY: Bearer = { token: async () => null, renew: async () => null };

type Written = (path: string) => void;
const writers = new Set<Written>();

/** Have `note` called with the path of each request that the server did and that may have changed something. */
export function onWritten(note: Written): () => void {
  writers.add(note);
  return () => writers.delete(note);
}

/** The part of all paths before `/v1` and `/lab`: a world other than the main one has its own. */
export function baseOf(world: string): string {
  return world ? `/worlds/${encodeURIComponent(world)}` : "";
}

async function problemOf(response: Response): Promise<Problem> {
  try {
    return (await response.json()) as Problem;
  } catch {
    return { name: "not_a_problem", title: `HTTP ${response.status}` };
  }
}

function signed(request: Request, token: string | null): Request {
  if (token !== null) request.headers.set("Authorization", `Bearer ${token}`);
  return request;
}

/**
 * Send a request with the token of `bearer`, and once more with a new one when the token is no longer valid.
 * Throws `Refused` and `Unreachable`.
 */
export async function send(request: Request, bearer: Bearer): Promise<Response> {
  request.headers.set("Accept-Language", words.language);
  const again = request.clone();
  const token = await bearer.token();
  let response = await reach(signed(request, token));
  if (response.status === 401 && token !== null) {
    const renewed = await bearer.renew(token);
    if (renewed !== null) response = await reach(signed(again, renewed));
  }
  if (!response.ok) throw new Refused(response.status, await problemOf(response));
  if (request.method !== "GET") for (const note of writers) note(new URL(request.url).pathname);
  return response;
}

async function reach(request: Request): Promise<Response> {
  try {
    return await fetch(request);
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new Unreachable();
  }
}

/** Return the typed client of one world. */
export function apiOf(world: string, bearer: Bearer) {
  return createClient<paths>({ baseUrl: baseOf(world), fetch: (request: Request) => send(request, bearer) });
}

export type Api = ReturnType<typeof apiOf>;

/** The data of an answer of the typed client, which throws when there is none. */
export function dataOf<T>(answer: { data?: T }): T {
  return answer.data as T;
}
