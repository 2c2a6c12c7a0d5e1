// The person who acts when the console opens: of the address, of the last visit, or the first of the world.
import { dataOf, Refused, Unreachable } from "../api/client";
import { place } from "./place.svelte";
import { server } from "./server.svelte";
import { findPeople, session, type Person } from "./session.svelte";
import { showRefusal } from "./toasts.svelte";
import { HOME_ZONE, world } from "./world.svelte";

const STORE = "hubsim.person";
const WORLD_NOT_FOUND = "world_not_found";

interface Last {
  email: string;
  company: string | null;
}

function lastVisit(): Last | null {
  return JSON.parse(localStorage.getItem(STORE) ?? "null") as Last | null;
}

/** The identity that was refused last: a second refusal of the same is shown instead of a new choice. */
let refused = "";

/** Choose a person when none acts, then read the accounts and the zone. Refusals are shown. */
export async function arrive(): Promise<void> {
  try {
    if (session.email === null && server.config.lab) await choose();
    else if (!session.mustSignIn) await settle();
    world.missing = null;
  } catch (error) {
    if (error instanceof Refused && error.reason === WORLD_NOT_FOUND) {
      world.missing = place.world;
      return; // the page shows it
    }
    if (error instanceof Unreachable) return; // the banner shows it, and the next connection begins again
    showRefusal(error);
  }
}

async function choose(): Promise<void> {
  const people = await findPeople();
  const last = lastVisit();
  const again = people.find(({ email }) => email === last?.email);
  const chosen = again ?? people.find(({ accounts }) => accounts.some((one) => one.account !== null)) ?? people[0];
  if (!chosen || session.email !== null) return;
  session.become(chosen.email, again && last ? accountOf(chosen, last.company) : firstCompanyOf(chosen));
}

function accountOf(person: Person, company: string | null): string | null {
  return person.accounts.some(({ account }) => account === company) ? company : firstCompanyOf(person);
}

function firstCompanyOf({ accounts }: Person): string | null {
  return accounts.find(({ account }) => account !== null)?.account ?? null;
}

async function settle(): Promise<void> {
  const { email, company, identity } = session;
  if (email === null || identity === null) return;
  try {
    if (!server.config.lab) await session.matchAccount();
    await session.loadAccounts();
  } catch (error) {
    const key = JSON.stringify(identity);
    if (!(error instanceof Refused) || error.reason === WORLD_NOT_FOUND || !server.config.lab || refused === key) throw error;
    refused = key;
    return session.leave(); // this world has no such person, or the person is not in the company
  }
  localStorage.setItem(STORE, JSON.stringify({ email, company }));
  if (server.config.lab) await session.loadName();
  world.zone = company === null ? HOME_ZONE : await zoneOf(email, company);
}

/** The billing zone of the company: its months begin there. The PRO app may not read it. */
async function zoneOf(email: string, company: string): Promise<string> {
  const api = server.config.lab ? session.apiFor({ email, company, client: "pro_desktop" }) : session.api;
  try {
    return dataOf(await api.GET("/v1/company")).zone;
  } catch (error) {
    if (error instanceof Refused) return HOME_ZONE;
    throw error;
  }
}
