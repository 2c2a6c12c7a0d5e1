// A hub with how it looks now: a row of `GET /lab/fleet`, and the event `hub` of `GET /lab/watch`.
import type { components } from "./schema";

export type FleetHub = components["schemas"]["FleetHub"];
export type FleetSlot = components["schemas"]["SlotBrief"];
