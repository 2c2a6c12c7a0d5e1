// The session: a person, in the personal account or a company, in one of the two applications. With the lab, a person
// is chosen by a click; without it, people sign in with their password. Tokens stay in this tab.
import { apiOf, dataOf, NOBODY, Refused, type Api, type Bearer } from "../api/client";
import type { components } from "../api/schema";
import { place } from "./place.svelte";
import { route } from "./route.svelte";
import { server } from "./server.svelte";

export type Client = "pro_desktop" | "pro_app";
export type AccountRow = components["schemas"]["AccountRow"];

export interface Identity {
  email: string;
  /** null: the personal account. */
  company: string | null;
  client: Client;
}

export type Person = components["schemas"]["PersonRow"];
export type PersonAccount = components["schemas"]["PersonAccount"];

const STORE = "hubsim.sessions";

/** The tokens of this tab, by world and identity. */
class Tokens {
  readonly #pending = new Map<string, Promise<string | null>>();
  readonly #kept: Record<string, string> = JSON.parse(sessionStorage.getItem(STORE) ?? "{}");

  get(key: string): string | null {
    return this.#kept[key] ?? null;
  }

  set(key: string, token: string | null): void {
    if (token === null) delete this.#kept[key];
    else this.#kept[key] = token;
    sessionStorage.setItem(STORE, JSON.stringify(this.#kept));
  }

  /** The token of a key, from `make` at the first time; requests at the same time make one. */
  need(key: string, make: () => Promise<string | null>): Promise<string | null> {
    const kept = this.get(key);
    if (kept !== null) return Promise.resolve(kept);
    const made = this.#pending.get(key) ?? this.#make(key, make);
    this.#pending.set(key, made);
    return made;
  }

  async #make(key: string, make: () => Promise<string | null>): Promise<string | null> {
    try {
      const token = await make();
      if (token !== null) this.set(key, token);
      return token;
    } finally {
      this.#pending.delete(key);
    }
  }
}

const tokens = new Tokens();

function keyOf(world: string, { email, company, client }: Identity): string {
  return [world, client, email, server.config.lab ? (company ?? "") : "*"].join("|");
}

/** The token of one identity, which is made by the lab when it is needed. */
function bearerOf(world: string, identity: Identity): Bearer {
  const key = keyOf(world, identity);
  const make = async () => {
    if (!server.config.lab) return null;
    const { email, client, company } = identity;
    const lab = apiOf(world, NOBODY);
    const params = { path: { email } };
    return dataOf(await lab.POST("/lab/people/{email}/session", { params, body: { client, company } })).token;
  };
  return {
    token: () => tokens.need(key, make),
    renew: (old) => {
      if (tokens.get(key) === old) tokens.set(key, null);
      return tokens.need(key, make);
    },
  };
}

class Session {
  /** The accounts of the person; empty until they are read. */
  accounts = $state<AccountRow[]>([]);
  /** The name of the person; the e-mail address where the name is not known. */
  name = $state<string | null>(null);
  /** Counts sign-ins with a password. */
  #signIns = $state(0);

  readonly email = $derived(route.query.as ?? null);
  readonly company = $derived(route.query.company ?? null);
  /** The pages under `#/app` are the PRO app; all others are PRO Desktop. */
  readonly client = $derived<Client>(route.path[0] === "app" ? "pro_app" : "pro_desktop");
  readonly identity = $derived<Identity | null>(
    this.email === null ? null : { email: this.email, company: this.company, client: this.client },
  );
  /** The typed client of the account that acts. Read it in an effect: it changes with the person. */
  readonly api = $derived<Api>(apiOf(place.world, this.identity ? bearerOf(place.world, this.identity) : NOBODY));
  /** The typed client for `/lab`, which needs no person. */
  readonly lab = $derived<Api>(apiOf(place.world, NOBODY));
  /** Whether a person has to sign in with a password: the lab is off. */
  readonly mustSignIn = $derived(
    server.loaded && !server.config.lab && (this.#signIns, this.identity === null || !this.#hasToken(this.identity)),
  );
  readonly account = $derived(this.accounts.find((row) => row.account === this.company) ?? null);

  /** The typed client of any identity of the lab, without a change of who acts here. */
  apiFor(identity: Identity): Api {
    return apiOf(place.world, bearerOf(place.world, identity));
  }

  bearerFor(identity: Identity): Bearer {
    return bearerOf(place.world, identity);
  }

  /** Act as a person in one of the accounts. The address of the page keeps it. */
  become(email: string, company: string | null = null): void {
    if (email !== this.email) [this.accounts, this.name] = [[], null];
    route.set({ as: email, company: company ?? "" });
  }

  /** Forget the person: no person acts. */
  leave(): void {
    [this.accounts, this.name] = [[], null];
    route.set({ as: "", company: "" });
  }

  /** Act in another account of the same person. */
  async switchAccount(company: string | null): Promise<void> {
    if (!server.config.lab) await this.api.PUT("/v1/session/account", { body: { company } });
    route.set({ company: company ?? "" });
  }

  /** Without the lab the session has one account at a time: make it that of the address. */
  async matchAccount(): Promise<void> {
    const { account } = dataOf(await this.api.GET("/v1/session"));
    if (account !== this.company) await this.api.PUT("/v1/session/account", { body: { company: this.company } });
  }

  /** Sign in with a password (lab off). Throws `Refused` with `wrong_credentials` and others. */
  async signIn(email: string, password: string): Promise<void> {
    const body = { email, password, app: this.client };
    const { token } = dataOf(await this.lab.POST("/v1/sessions", { body }));
    tokens.set(keyOf(place.world, { email, company: null, client: this.client }), token);
    this.#signIns += 1;
    this.become(email);
  }

  async signOut(): Promise<void> {
    const identity = this.identity;
    if (identity === null) return;
    await this.api.DELETE("/v1/session").catch((error: unknown) => {
      if (!(error instanceof Refused)) throw error; // the session had ended
    });
    tokens.set(keyOf(place.world, identity), null);
    this.#signIns += 1;
    this.leave();
  }

  /** Read the accounts of the person again. */
  async loadAccounts(): Promise<void> {
    const email = this.email;
    if (email === null || this.mustSignIn) return;
    const { accounts } = dataOf(await this.api.GET("/v1/session/accounts"));
    if (email === this.email) this.accounts = accounts;
  }

  /** Read the name of the person from the lab. */
  async loadName(): Promise<void> {
    const email = this.email;
    if (email === null) return;
    const found = (await findPeople(email)).find((one) => one.email === email);
    if (email === this.email) this.name = found?.name ?? email;
  }

  #hasToken(identity: Identity): boolean {
    return tokens.get(keyOf(place.world, identity)) !== null;
  }
}

export const session = new Session();

/** The people of the world, for the switch of person and the search; at most 50. Only with the lab. */
export async function findPeople(search = ""): Promise<Person[]> {
  const query = { limit: 50, ...(search ? { search } : {}) };
  return dataOf(await session.lab.GET("/lab/people", { params: { query } })).people;
}
