// The typed client of the cloud's HTTP API. Types are generated from `/openapi.json` (`npm run api`).
import createClient from "openapi-fetch";

import { words } from "../words/index.svelte";
import type { paths } from "./schema";

/** A request that was not granted: a problem document (RFC 9457). */
export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly problem: { name: string; title: string; detail?: string; facts?: Record<string, unknown> },
  ) {
    super(problem.detail ?? problem.title);
  }

  /** The name of the refusal or the problem, such as `sim_not_installed`. */
  get reason(): string {
    return this.problem.name;
  }
}

/** The cloud cannot be reached. */
export class Unreachable extends Error {}

/** The part of all paths before `/v1` and `/lab`: a world other than the main one has its own. */
export function baseOf(world: string): string {
  return world ? `/worlds/${encodeURIComponent(world)}` : "";
}

/** Return a client for one world; `token` is asked for each request. */
export function apiOf(world: string, token: () => string | null) {
  const client = createClient<paths>({ baseUrl: baseOf(world) });
  client.use({
    onRequest({ request }) {
      const current = token();
      if (current !== null) request.headers.set("Authorization", `Bearer ${current}`);
      request.headers.set("Accept-Language", words.language);
      return request;
    },
    async onResponse({ response }) {
      if (response.ok) return response;
      throw new Refused(response.status, await response.json());
    },
    onError() {
      return new Unreachable("the cloud cannot be reached");
    },
  });
  return client;
}
