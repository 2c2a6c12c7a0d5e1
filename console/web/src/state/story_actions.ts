// Does the actions of a step of the story, over the public API.
import { Refused } from "../api/client";
import { request } from "../api/request";
import { place } from "./place.svelte";
import { preferences } from "./preferences.svelte";
import { route } from "./route.svelte";
import { session, type Identity } from "./session.svelte";
import type { StoryAction } from "./story_types";
import { showRefusal } from "./toasts.svelte";
import { world } from "./world.svelte";
import { nextFirst } from "./zoned";

/** The wait between two questions how far a play is, in ms. */
const POLL_MS = 400;

/** What a step leaves to show: the verdict of a play. */
export interface Outcome {
  play: string;
  state: string;
}

/** Something went otherwise than the story says. */
export class StoryTrouble extends Error {}

/** Do one action. Throws `Refused`, `Unreachable`, `StoryTrouble`. */
export async function perform(action: StoryAction, person: Identity | null): Promise<Outcome | null> {
  switch (action.kind) {
    case "api":
      await callApi(action, person);
      return null;
    case "bench":
      await lab("POST", `/lab/hubs/${action.hub}/actions`, { action: action.action });
      return null;
    case "fault":
      await lab("POST", "/lab/faults", { what: action.what });
      return null;
    case "clock":
      await move(action);
      return null;
    case "save":
      await saveAgain(action.snapshot);
      return null;
    case "restore":
      await world.restore(action.snapshot);
      return null;
    case "play":
      return follow(action.scenario);
    case "language":
      preferences.turnLanguage();
      return null;
  }
}

/** Save a snapshot in place of the one with this name. */
export async function saveAgain(snapshot: string): Promise<void> {
  await world.loadSnapshots();
  if (world.snapshots.some(({ name }) => name === snapshot)) await world.forget(snapshot);
  await world.save(snapshot);
}

async function callApi(action: StoryAction & { kind: "api" }, person: Identity | null): Promise<void> {
  if (person === null) throw new StoryTrouble(`nobody acts: ${action.method} ${action.path}`);
  const bearer = session.bearerFor(person);
  const parts = action.body === null ? { bearer } : { bearer, body: action.body };
  try {
    await request(place.base, action.method, action.path, parts);
  } catch (error) {
    if (!(error instanceof Refused) || error.reason !== action.refused) throw error;
    return showRefusal(error); // the audience reads it
  }
  if (action.refused !== null) throw new StoryTrouble(`not refused: ${action.refused}`);
}

async function move(action: StoryAction & { kind: "clock" }): Promise<void> {
  if ("by" in action) await lab("POST", "/lab/clock/advance", { by: action.by });
  else if (world.nowMs !== null) await world.advanceTo(nextFirst(world.nowMs, action.zone));
}

/** Play a scenario and show its play. */
async function follow(scenario: string): Promise<Outcome> {
  let view = await lab<Outcome>("POST", "/lab/plays", { scenario });
  route.go(["scenarios", scenario, view.play]);
  while (view.state === "running" || view.state === "paused") {
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    view = await lab<Outcome>("GET", `/lab/plays/${view.play}`);
  }
  return { play: view.play, state: view.state };
}

function lab<T>(method: "GET" | "POST", path: string, body?: unknown): Promise<T> {
  return request<T>(place.base, method, path, body === undefined ? {} : { body });
}
