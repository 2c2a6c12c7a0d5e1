// Acts on many hubs at once: what can be done, and how each hub took it.
import { Refused, dataOf, type Api } from "../../api/client";
import type { components } from "../../api/schema";
import { t } from "../../words/index.svelte";

type BenchAction = components["schemas"]["BenchActionBody"]["action"];

export interface BulkAct {
  name: string;
  /** A bench action, or an act of the person who is signed in. */
  kind: "bench" | "service";
  title(): string;
  /** What the act does, for the pop-up that asks to confirm it. */
  about(): string;
  send(doors: Doors, hub: string): Promise<unknown>;
}

/** The clients of the API: as the person who acts, and as the bench. */
export interface Doors {
  api: Api;
  lab: Api;
}

const hands = (name: string, title: () => string, about: () => string, action: BenchAction): BulkAct => ({
  name,
  kind: "bench",
  title,
  about,
  send: ({ lab }, hub) => lab.POST("/lab/hubs/{hub}/actions", { params: { path: { hub } }, body: { action } }),
});

export const BULK_ACTS: readonly BulkAct[] = [
  {
    name: "activate",
    kind: "service",
    title: () => t("Activate"),
    about: () => t("The services start now, with the package and the Reseller that the form preselects."),
    send: activate,
  },
  {
    name: "schedule_deactivation",
    kind: "service",
    title: () => t("Deactivate"),
    about: () => t("The services run until the end of the month."),
    send: ({ api }, hub) => api.POST("/v1/hubs/{hub}/deactivation", { params: { path: { hub } } }),
  },
  {
    name: "resume",
    kind: "service",
    title: () => t("Resume"),
    about: () => t("Services that expire soon will not end on the first day of the next month."),
    send: ({ api }, hub) => api.POST("/v1/hubs/{hub}/resumption", { params: { path: { hub } } }),
  },
  {
    name: "stop_now",
    kind: "service",
    title: () => t("Stop now"),
    about: () => t("The services end immediately, and the Ajax SIMs are cut off."),
    send: ({ api }, hub) => api.POST("/v1/hubs/{hub}/stop", { params: { path: { hub } } }),
  },
  hands("restart", () => t("Restart"), () => t("The hubs restart."), { do: "restart" }),
  hands("power_off", () => t("Switch off"), () => t("The hubs are switched off."), { do: "power_off" }),
  hands("power_on", () => t("Switch on"), () => t("The hubs are switched on."), { do: "power_on" }),
  hands("mains_off", () => t("Cut the mains"), () => t("The hubs run on their batteries."), {
    do: "set_mains",
    present: false,
  }),
  hands("mains_on", () => t("Restore the mains"), () => t("The hubs have external power again."), {
    do: "set_mains",
    present: true,
  }),
  hands("unplug", () => t("Pull the Ethernet cable"), () => t("The hubs have no cable any more."), {
    do: "unplug",
    link: "ethernet",
  }),
  hands("plug", () => t("Plug in the Ethernet cable"), () => t("The hubs have a cable again."), {
    do: "plug",
    link: "ethernet",
  }),
  hands("coverage_off", () => t("Take away the coverage"), () => t("The hubs find no cellular network."), {
    do: "set_coverage",
    present: false,
  }),
  hands("coverage_on", () => t("Give back the coverage"), () => t("The hubs find cellular networks again."), {
    do: "set_coverage",
    present: true,
  }),
  hands("open_lid", () => t("Open the lid"), () => t("The lids of the hubs are opened (tamper)."), {
    do: "set_lid",
    open: true,
  }),
  hands("close_lid", () => t("Close the lid"), () => t("The lids of the hubs are closed."), {
    do: "set_lid",
    open: false,
  }),
  {
    name: "take_off",
    kind: "bench",
    title: () => t("Take off the bench"),
    about: () => t("The simulator forgets the hubs. The cloud keeps what it knows of them."),
    send: ({ lab }, hub) => lab.DELETE("/lab/hubs/{hub}", { params: { path: { hub } } }),
  },
];

async function activate({ api }: Doors, hub: string): Promise<unknown> {
  const form = dataOf(await api.GET("/v1/hubs/{hub}/activation", { params: { path: { hub } } }));
  const body = { package: form.package, reseller: form.reseller };
  return api.POST("/v1/hubs/{hub}/activation", { params: { path: { hub } }, body });
}

/** How one hub took an act. */
export interface Outcome {
  hub: string;
  /** The name of the refusal. null: the act was done. */
  refused: string | null;
  /** The sentence of the refusal, or the error. */
  text: string;
}

/** The number of requests at the same time. A browser opens six connections; streams and pages need some. */
const AT_ONCE = 3;

/** Do the work for each hub. The outcomes come in the order of the hubs; `progress` gets the number done. */
export async function onEach(
  hubs: readonly string[],
  work: (hub: string) => Promise<unknown>,
  progress: (done: number) => void = () => {},
  stopped: () => boolean = () => false,
): Promise<Outcome[]> {
  const outcomes: (Outcome | undefined)[] = hubs.map(() => undefined);
  let [next, done] = [0, 0];
  const worker = async (): Promise<void> => {
    while (next < hubs.length && !stopped()) {
      const place = next++;
      outcomes[place] = await outcomeOf(hubs[place]!, work);
      progress((done += 1));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return outcomes.filter((outcome) => outcome !== undefined);
}

async function outcomeOf(hub: string, work: (hub: string) => Promise<unknown>): Promise<Outcome> {
  try {
    await work(hub);
    return { hub, refused: null, text: "" };
  } catch (error) {
    const refused = error instanceof Refused ? error.reason : "failed";
    return { hub, refused, text: error instanceof Error ? error.message : String(error) };
  }
}

/** The refusals by name, the most frequent one first, each with its first sentence and its hubs. */
export function refusals(outcomes: readonly Outcome[]): { refused: string; text: string; hubs: string[] }[] {
  const found = new Map<string, { refused: string; text: string; hubs: string[] }>();
  for (const { hub, refused, text } of outcomes) {
    if (refused === null) continue;
    const group = found.get(refused) ?? { refused, text, hubs: [] };
    group.hubs.push(hub);
    found.set(refused, group);
  }
  return [...found.values()].sort((a, b) => b.hubs.length - a.hubs.length);
}
