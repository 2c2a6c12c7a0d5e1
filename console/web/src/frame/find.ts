// What the search finds: pages, hubs, people, companies, objects, scenarios.
import { dataOf } from "../api/client";
import type { FleetHub } from "../api/fleet_hub";
import { request } from "../api/request";
import type { components } from "../api/schema";
import { modelTexts } from "../parts/hub-models";
import { place } from "../state/place.svelte";
import { route } from "../state/route.svelte";
import { server } from "../state/server.svelte";
import { findPeople, session, type Person } from "../state/session.svelte";
import { t } from "../words/index.svelte";
import { roleName } from "../words/roles";
import type { GlyphName } from "./Glyph.svelte";
import { pages } from "./pages";

export interface Found {
  key: string;
  glyph: GlyphName;
  /** The kind, in the user's language. */
  kind: string;
  title: string;
  detail: string;
  open: () => void;
}

type ScenarioRow = components["schemas"]["ScenarioRow"];

/** The number of results of one kind. */
const LIMIT = 6;
/** The number of hubs in which objects are looked for. */
const ROWS = 20;

/** Text without case and diacritics, for comparison: "Łódź" is found by "lodz". */
function plain(text: string): string {
  return text.toLowerCase().replaceAll("ł", "l").normalize("NFD").replace(/\p{M}/gu, "");
}

function matches(search: string, ...texts: (string | null)[]): boolean {
  return texts.some((text) => text !== null && plain(text).includes(plain(search)));
}

function foundPages(search: string): Found[] {
  return pages()
    .filter(({ title }) => matches(search, title, t(title)))
    .map(({ id, title, glyph }) => ({
      key: `page ${id}`,
      glyph,
      kind: t("Page"),
      title: t(title),
      detail: "",
      open: () => route.go([id]),
    }));
}

function foundPeople(people: Person[]): Found[] {
  return people.slice(0, LIMIT).map(({ email, name, accounts }) => {
    const company = accounts.find((one) => one.account !== null);
    const role = company?.role ? roleName(company.role) : "";
    return {
      key: `person ${email}`,
      glyph: "person",
      kind: t("Person"),
      title: name,
      detail: [company?.company ?? email, role].filter(Boolean).join(" · "),
      open: () => session.become(email, company?.account ?? null),
    };
  });
}

function foundCompanies(search: string, people: Person[]): Found[] {
  const all = new Map<string, Found>();
  for (const { email, name, accounts } of people)
    for (const { account, company, role, country } of accounts) {
      if (account === null || !matches(search, company)) continue;
      if (all.has(account) && role !== "owner") continue;
      all.set(account, {
        key: `company ${account}`,
        glyph: "company",
        kind: t("Company"),
        title: company ?? account,
        detail: [country, name].filter(Boolean).join(" · "),
        open: () => {
          session.become(email, account);
          route.go(["pro"]);
        },
      });
    }
  return [...all.values()].slice(0, LIMIT);
}

function foundHubs(search: string, hubs: FleetHub[]): Found[] {
  return hubs
    .filter(({ hub, name, model }) => matches(search, hub, name, ...modelTexts(model)))
    .slice(0, LIMIT)
    .map(({ hub, name, object_name, company_name }) => ({
      key: `hub ${hub}`,
      glyph: "hub",
      kind: t("Hub"),
      title: name ?? hub,
      detail: [hub, object_name, company_name].filter(Boolean).join(" · "),
      open: () => route.go(["hub", hub]),
    }));
}

function foundObjects(search: string, hubs: FleetHub[]): Found[] {
  const all = new Map<string, Found>();
  for (const { object, object_name, company_name } of hubs)
    if (object !== null && matches(search, object_name))
      all.set(object, {
        key: `object ${object}`,
        glyph: "object",
        kind: t("Object"),
        title: object_name ?? object,
        detail: company_name ?? "",
        open: () => route.go(["pro", "objects", object]),
      });
  return [...all.values()].slice(0, LIMIT);
}

function foundScenarios(rows: ScenarioRow[]): Found[] {
  return rows.slice(0, LIMIT).map(({ id, title }) => ({
    key: `scenario ${id}`,
    glyph: "scenarios",
    kind: t("Scenario"),
    title,
    detail: id,
    open: () => route.go(["scenarios", id]),
  }));
}

/** Find something. `signal` ends a search that a newer one has replaced. Throws `Refused` and `Unreachable`. */
export async function find(search: string, signal: AbortSignal): Promise<Found[]> {
  const found = foundPages(search);
  if (!search || !server.config.lab) return found;
  const [people, fleet, library] = await Promise.all([
    findPeople(search),
    session.lab.GET("/lab/fleet", { params: { query: { search, limit: ROWS } }, signal }),
    request<{ scenarios: ScenarioRow[] }>(place.base, "GET", "/lab/scenarios", { query: { search }, signal }),
  ]);
  const { hubs } = dataOf(fleet);
  return [
    ...found,
    ...foundHubs(search, hubs),
    ...foundObjects(search, hubs),
    ...foundPeople(people),
    ...foundCompanies(search, people),
    ...foundScenarios(library.scenarios),
  ];
}
