// What the person who acts may do here: the tabs and the permissions of the role in this client.
import { createContext } from "svelte";

import type { components } from "../../../api/schema";
import { route } from "../../../state/route.svelte";
import { session } from "../../../state/session.svelte";
import { Loaded } from "./loaded.svelte";

type Navigation = components["schemas"]["NavigationView"];
export type Tab = Navigation["tabs"][number];

/** Created by the entry of the pages, while it is initialised. */
export class Work {
  readonly #navigation = new Loaded(() => (session.email === null ? null : session.api.GET("/v1/navigation")));
  readonly tabs = $derived<readonly Tab[]>(this.#navigation.value?.tabs ?? []);
  readonly actions = $derived(new Set(this.#navigation.value?.actions ?? []));

  get problem() {
    return this.#navigation.problem;
  }

  get ready(): boolean {
    return this.#navigation.ready;
  }

  /** Whether the role has this action or view in this client. The state of the cloud can still refuse it. */
  may(action: string): boolean {
    return this.actions.has(action);
  }
}

export const [getWork, setWork] = createContext<Work>();

/** The address of a page of the client that is shown. */
export function to(...path: string[]): string {
  return route.href([route.path[0] ?? "pro", ...path]);
}

export function go(...path: string[]): void {
  route.go([route.path[0] ?? "pro", ...path]);
}

/** The part of the address after the client. */
export function here(): string[] {
  return route.path.slice(1);
}
