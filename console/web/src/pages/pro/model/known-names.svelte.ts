// The names of what a history names by its id: people, companies and objects that the role may read.
import { session } from "../../../state/session.svelte";
import { Loaded } from "./loaded.svelte";
import type { Work } from "./work.svelte";

/** One page is enough: what has no name here is shown by its id. */
const QUERY = { params: { query: { limit: 200 } } };

/** Created while a component is initialised. */
export class KnownNames {
  readonly #names: () => Map<string, string>;

  constructor(work: Work) {
    const { api } = session;
    const company = new Loaded(() => (work.may("company") ? api.GET("/v1/company") : null));
    const employees = new Loaded(() => (work.may("employees") ? api.GET("/v1/company/employees", QUERY) : null));
    const objects = new Loaded(() => (work.may("objects") ? api.GET("/v1/objects", QUERY) : null));
    const own = new Loaded(() => api.GET("/v1/session"));
    const accounts = new Loaded(() => api.GET("/v1/session/accounts", { params: { query: { limit: 1 } } }));
    const names = $derived(
      new Map([
        // The first account is the personal one, with the name of the person.
        ...(own.value ? [[own.value.person, accounts.value?.accounts[0]?.name ?? own.value.person]] : []),
        ...(company.value ? [[company.value.owner, company.value.owner_name], [company.value.company, company.value.name]] : []),
        ...(employees.value?.employees ?? []).map(({ person, name }) => [person, name]),
        ...(objects.value?.objects ?? []).map(({ object, name }) => [object, name]),
      ] as [string, string][]),
    );
    this.#names = () => names;
  }

  of(id: string): string {
    return this.#names().get(id) ?? id;
  }
}
