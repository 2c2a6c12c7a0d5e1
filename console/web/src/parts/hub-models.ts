/// <reference types="vite/client" />
// The hub models, from the data files of the simulator: slots and links.

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

/** The links of a model. An unknown model has Ethernet and the links that it uses now. */
export function portsOf(model: string, links: readonly string[]): string[] {
  return MODELS.get(model)?.ports ?? ["ethernet", "wifi"].filter((link) => link === "ethernet" || links.includes(link));
}
