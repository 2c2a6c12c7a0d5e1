/// <reference types="vite/client" />
// The hub models, from the data files of the simulator: names, slots and links.

/** What a drawing needs to know of a model. */
export interface HubModel {
  name: string;
  slots: number;
  /** `ethernet`, `wifi`. */
  ports: string[];
}

const FILES = import.meta.glob<string>("../../../../simulator/hubsim_simulator/hardware/models/*.toml", {
  eager: true, query: "?raw", import: "default",
});

function modelOf(text: string): HubModel {
  const values = new Map([...text.matchAll(/^(\w+) *= *"?([^"\n]*)"?/gm)].map(([, name, value]) => [name, value]));
  return {
    name: values.get("name") ?? "",
    slots: Number(values.get("sim_slots")),
    ports: ["ethernet", "wifi"].filter((link) => values.get(link) === "true"),
  };
}

/** All models that come with hubsim, by name. A user's own model is not here. */
export const MODELS: ReadonlyMap<string, HubModel> = new Map(
  Object.values(FILES).map(modelOf).map((model) => [model.name, model]),
);

const MODEL_WORDS: Record<string, string> = { "4g": "(4G)", en54: "EN54", "2g": "(2G)" };

/** The name of a model for people: `hub-2-plus` is Hub 2 Plus. Own models of users are written in the same way. */
export function modelName(model: string): string {
  return model
    .split("-")
    .map((word) => MODEL_WORDS[word] ?? word.charAt(0).toUpperCase() + word.slice(1))
    .join(" ");
}

/** The texts by which a search finds a model: its name for people, and the one in files and in the API. */
export function modelTexts(model: string | null): string[] {
  return model === null ? [] : [model, modelName(model)];
}

/** The links of a model. An unknown model has Ethernet and those that it uses now. */
export function portsOf(model: string, links: readonly string[]): string[] {
  return MODELS.get(model)?.ports ?? ["ethernet", "wifi"].filter((link) => link === "ethernet" || links.includes(link));
}
