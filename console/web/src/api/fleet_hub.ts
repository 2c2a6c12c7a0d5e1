// A hub with how it looks now: a row of `GET /lab/fleet`, and the event `hub` of `GET /lab/watch`.

export interface FleetSlot {
  kind: "ajax" | "ordinary" | "empty";
  iccid: string | null;
  /** Layer 1, the card itself. */
  condition: string | null;
  /** Layer 2, the profile at the carrier. */
  profile: string | null;
}

export interface FleetHub {
  hub: string;
  /** The name of its object, with the number of the hub where the object has several; null: no object. */
  name: string | null;
  model: string | null;
  object: string | null;
  object_name: string | null;
  company: string | null;
  company_name: string | null;
  country: string | null;
  online: boolean;
  service: string;
  tile: string;
  second_tile: string;
  /** The profile of its Ajax SIM, as known to the cloud. */
  sim_profile: string;
  /** Set while the service is expiring. */
  ends_at_ms: number | null;
  star: boolean;
  /** From left to right, as in the app. */
  icons: string[];
  armed: boolean;
  /** The version of the desired document; 0: the hub has none. */
  version: number;
  applied_version: number | null;
  reported_offline: boolean;
  /** null for a hub that is not on the bench. */
  led: { color: "white" | "green" | "red" | "off"; blink: boolean } | null;
  channels: string[];
  /** By number, from 1. */
  slots: Record<string, FleetSlot>;
  active_sim: number | null;
  sim_card: string | null;
  signal: string | null;
  battery_percent: number | null;
  mains: boolean | null;
  lid_open: boolean | null;
  powered: boolean | null;
  coverage: boolean | null;
  links: string[] | null;
  on_bench: boolean;
  simulated: boolean;
}
