// One hub of the lab: how it looks now, all its layers, and the bench actions on it.
import type { components } from "../../api/schema";
import type { FleetHub } from "../../api/fleet_hub";
import { request } from "../../api/request";
import { place } from "../../state/place.svelte";
import { wordsOf } from "../../state/toasts.svelte";
import { watch } from "../../state/watch.svelte";
import type { HandAct } from "../../parts/hub-hands";
import { benchSteps, type BenchStep, type Cards } from "./bench-steps";
import type { Layers } from "./layers";
import { randomNumber } from "./sim-numbers";

type HubSetup = components["schemas"]["HubSetup"];
/** The setup on the bench. An absent field has its usual value. */
export type BenchSetup = Partial<Omit<HubSetup, "slots">> & { slots?: Cards };

/** `GET /lab/hubs/{hub}`. */
export interface HubLayers extends Layers {
  setup: BenchSetup | null;
  messages: { verdicts: { number: number; verdict: SeenMessage }[] };
}

/** A message of the hub that the cloud has judged. */
export interface SeenMessage {
  at_ms: number;
  about: string;
  outcome: string;
  topic: string;
  payload: string;
  qos: number;
  retained: boolean;
}

/** Why a bench action was refused. */
export interface HandsRefusal {
  title: string;
  reason: string | null;
}

export class HubState {
  row = $state.raw<FleetHub | null>(null);
  layers = $state.raw<HubLayers | null>(null);
  /** Null: nothing was refused last. */
  refusal = $state.raw<HandsRefusal | null>(null);
  /** Why the hub cannot be shown at all. */
  missing = $state.raw<HandsRefusal | null>(null);
  #reading: Promise<void> | null = null;
  #again = false;

  constructor(readonly hub: string) {}

  /** Follow the hub; called in an effect of the page. Returns what ends it. */
  begin(): () => void {
    void this.read();
    const ends = [
      watch.on("hub", (row) => {
        if (row.hub !== this.hub) return;
        this.row = row;
        void this.read();
      }),
      // An action on the setup, such as an APN, changes nothing that the fleet shows.
      watch.on("hands", ({ hub }) => {
        if (hub === this.hub) void this.read();
      }),
      watch.onReload(() => {
        this.row = null;
        void this.read();
      }),
    ];
    return () => {
      for (const end of ends) end();
    };
  }

  /** Read all layers again; requests at the same time become at most one more. */
  read(): Promise<void> {
    if (this.#reading) {
      this.#again = true;
      return this.#reading;
    }
    this.#reading = this.#readAll().finally(() => {
      this.#reading = null;
      if (this.#again) void this.read();
      this.#again = false;
    });
    return this.#reading;
  }

  /** Do a bench action. A refusal is kept in `refusal`; it changes nothing. */
  async act(act: HandAct): Promise<void> {
    await this.perform(benchSteps(act, this.layers?.setup?.slots ?? {}, randomNumber(9)));
  }

  /** Perform bench actions in their order, up to the first that is refused. */
  async perform(steps: readonly BenchStep[]): Promise<void> {
    this.refusal = null;
    try {
      for (const action of steps) await request(place.base, "POST", `${this.#path}/actions`, { body: { action } });
    } catch (error) {
      this.refusal = refusalOf(error);
    }
    if (watch.state !== "live") await this.read();
  }

  /** Take the hub off the bench. Returns whether it is gone. */
  async takeOff(): Promise<boolean> {
    try {
      await request(place.base, "DELETE", this.#path);
      return true;
    } catch (error) {
      this.refusal = refusalOf(error);
      return false;
    }
  }

  get #path(): string {
    return `/lab/hubs/${encodeURIComponent(this.hub)}`;
  }

  async #readAll(): Promise<void> {
    try {
      const [layers, fleet] = await Promise.all([
        request<HubLayers>(place.base, "GET", this.#path),
        this.row === null
          ? request<{ hubs: FleetHub[] }>(place.base, "GET", "/lab/fleet", { query: { search: this.hub, limit: "5" } })
          : null,
      ]);
      this.layers = layers;
      this.row ??= fleet?.hubs.find(({ hub }) => hub === this.hub) ?? null;
      this.missing = null;
    } catch (error) {
      this.missing = refusalOf(error);
    }
  }
}

/** The words of a refusal: its sentence, and the name of the reason. */
export function refusalOf(error: unknown): HandsRefusal {
  const { title, text, reason } = wordsOf(error);
  const facts = (error as { facts?: Record<string, unknown> }).facts;
  return { title: text || title, reason: typeof facts?.reason === "string" ? facts.reason : reason };
}
