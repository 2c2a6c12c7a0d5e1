// A hub with how it looks now: a row of `GET /lab/fleet`, and the event `hub` of `GET /lab/watch`.

export interface FleetSlot {
  kind: "ajax" | "ordinary" | "empty";
  iccid: string | null;
  condition: string | null;
  profile: string | null;
}

export interface FleetHub {
  hub: string;
  name: string | null;
  model: string | null;
  object: string | null;
  object_name: string | null;
  company: string | null;
  company_name: string | null;
  country: string | null;
  online: boolean | null;
  service: string | null;
  tile: string | null;
  second_tile: string | null;
  ends_at_ms: number | null;
  star: boolean | null;
  led: { color: string; blink: string | boolean } | null;
  channels: string[];
  slots: Record<string, FleetSlot>;
  icons: string[];
  sim_card: string | null;
  battery_percent: number | null;
  mains: boolean | null;
  lid_open: boolean | null;
  powered: boolean | null;
  coverage: string | Record<string, unknown> | null;
  links: unknown;
  armed: boolean | null;
  on_bench: boolean;
  simulated: boolean;
  version: number | null;
}
