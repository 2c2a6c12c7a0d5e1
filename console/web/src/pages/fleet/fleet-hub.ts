// A hub in one short row, as `GET /lab/fleet` and the stream of a world send it.

export interface FleetSlot {
  kind: "ajax" | "ordinary" | "empty";
  iccid: string | null;
  condition: "healthy" | "locked" | "broken" | null;
  profile: "active" | "inactive" | null;
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
  online: boolean;
  service: "not_available" | "activation_required" | "active" | "expiring";
  tile: "none" | "activation_required" | "activated" | "expires_soon";
  second_tile: "none" | "access_may_expire";
  ends_at_ms: number | null;
  star: boolean;
  led: { color: "white" | "green" | "red" | "off"; blink: boolean } | null;
  channels: string[];
  slots: Record<string, FleetSlot>;
  icons: string[];
  sim_card: "ok" | "missing" | "locked" | "malfunction" | "unknown" | null;
  battery_percent: number | null;
  mains: boolean | null;
  lid_open: boolean | null;
  powered: boolean | null;
  coverage: boolean | null;
  links: string[] | null;
  armed: boolean;
  on_bench: boolean;
  simulated: boolean;
  version: number;
}
