// The drawing of a hub from a snapshot in a report.
import { portsOf } from "../parts/hub-models";
import type { AppLook, HubLook, LedColor, SlotLook } from "../parts/hub-look";
import { t } from "../words/index.svelte";
import type { Look } from "./report-data";

const text = (value: unknown, fallback: string): string => (typeof value === "string" ? value : fallback);
const texts = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);

/** A slot as the hub reads it: whose card it is, the hub does not know. */
function slotOf(card: string, active: boolean): SlotLook {
  if (card === "missing") return { kind: "empty", condition: "healthy" };
  const condition = card === "locked" ? "locked" : card === "malfunction" ? "broken" : "healthy";
  return { kind: "unknown", condition, active };
}

/** The hub itself. */
export function lookOf(name: string, model: string, { shows }: Look): HubLook {
  const sims = (shows.sims ?? {}) as Record<string, string>;
  const channels = texts(shows.channels);
  const links = channels.filter((channel) => channel !== "cellular");
  return {
    name, model,
    powered: shows.powered !== false,
    led: { color: text(shows.led, "off") as LedColor, blink: shows.led_pattern === "blinking" },
    slots: Object.fromEntries(
      Object.entries(sims).map(([slot, card]) => [slot, slotOf(card, Number(slot) === shows.active_sim)]),
    ),
    ports: portsOf(model, links), links, channels,
    mains: shows.mains !== false,
    batteryPercent: typeof shows.battery_percent === "number" ? shows.battery_percent : 100,
    lidOpen: shows.lid_open === true,
    coverage: shows.signal !== "no_signal",
    signal: text(shows.signal, "strong"),
  };
}

/** The hub in the app; while the cloud is stopped, as the hub itself shows it. */
export function appOf(name: string, { shows, app }: Look): AppLook {
  const seen = app ?? shows;
  return {
    name,
    online: app ? app.online === true : null,
    tile: text(seen.tile, "none"),
    secondTile: text(seen.second_tile, "none"),
    star: seen.star === true,
    icons: texts(seen.icons),
  };
}

/** Differences between hub and app, and the state at the carrier. */
export function notesOf({ shows, app, carrier }: Look): string {
  const words = (value: unknown): string => String(value).replaceAll("_", " ");
  const notes: string[] = [];
  if (shows.registration) notes.push(t("registration {registration}", { registration: words(shows.registration) }));
  if (carrier) {
    const profile = t("carrier: profile {profile}", { profile: carrier.profile });
    notes.push(carrier.ordered ? `${profile}, ${t("{profile} ordered", { profile: carrier.ordered })}` : profile);
  }
  if (!app) notes.push(t("the cloud is stopped: this is the state on the hub itself"));
  else if (app.tile !== shows.tile || app.star !== shows.star) {
    const star = shows.star ? `, ${t("star")}` : "";
    notes.push(t("the hub itself shows {tile}", { tile: words(shows.tile) }) + star);
  }
  return notes.join(" · ");
}
