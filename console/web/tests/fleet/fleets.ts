// Hubs for tests of the fleet.
import type { FleetHub } from "../../src/api/fleet_hub";

/** A hub that is online with active services, except for the given fields. */
export function hubOf(hub: string, fields: Partial<FleetHub> = {}): FleetHub {
  return {
    hub,
    name: null,
    model: "hub-2-plus",
    object: null,
    object_name: null,
    company: null,
    company_name: null,
    country: "PL",
    online: true,
    sim_profile: "active",
    applied_version: 1,
    reported_offline: false,
    active_sim: 1,
    signal: "strong",
    service: "active",
    tile: "activated",
    second_tile: "none",
    ends_at_ms: null,
    star: true,
    led: { color: "white", blink: false },
    channels: ["ethernet", "cellular"],
    slots: {},
    icons: [],
    sim_card: "ok",
    battery_percent: 100,
    mains: true,
    lid_open: false,
    powered: true,
    coverage: true,
    links: ["ethernet"],
    armed: false,
    on_bench: true,
    simulated: true,
    version: 1,
    ...fields,
  };
}
