// What a hub looks like: the input of the drawing, and its description in words.
import { t } from "../words/index.svelte";
import { iconText } from "./status-icons";

export type LedColor = "off" | "white" | "green" | "red";
export type CardCondition = "healthy" | "locked" | "broken";

/** The logo of a hub. It blinks without mains, after a while. */
export interface LedLook {
  color: LedColor;
  blink: boolean;
}

/** A SIM slot and the card in it. */
export interface SlotLook {
  /** `unknown`: the hub sees a card, but its issuer is unknown. */
  kind: "ajax" | "ordinary" | "empty" | "unknown";
  condition: CardCondition;
  iccid?: string | null;
  /** The modem uses this card. */
  active?: boolean;
  /** The profile at the carrier, `active` or `inactive`. */
  profile?: string | null;
}

/** A hub as one sees it on a bench. */
export interface HubLook {
  name: string;
  model: string;
  powered: boolean;
  led: LedLook;
  /** By slot number, from 1. */
  slots: Record<string, SlotLook>;
  /** The links that the model has: `ethernet`, `wifi`. */
  ports: string[];
  /** The links that are plugged in. */
  links: string[];
  /** The channels that carry data: `ethernet`, `wifi`, `cellular`. */
  channels: string[];
  mains: boolean;
  batteryPercent: number;
  lidOpen: boolean;
  coverage: boolean;
  /** `no_signal`, `weak`, `normal`, `strong`. */
  signal: string;
}

/** A hub as the app shows it. */
export interface AppLook {
  name: string;
  /** Null: unknown, because the cloud cannot be reached. */
  online: boolean | null;
  /** `none`, `activation_required`, `activated`, `expires_soon`. */
  tile: string;
  /** `none`, `access_may_expire`. */
  secondTile: string;
  star: boolean;
  icons: string[];
}

const CHANNELS: Record<string, string> = { ethernet: "Ethernet", wifi: "Wi-Fi" };

/** The name of a channel or a link. */
export function channelText(channel: string): string {
  return channel === "cellular" ? t("cellular") : CHANNELS[channel] ?? channel;
}

/** The state of the logo in words. */
export function ledText({ led, powered }: Pick<HubLook, "led" | "powered">): string {
  if (!powered) return t("switched off");
  const colors: Record<LedColor, string> = {
    off: t("LED off"), white: t("LED white"), green: t("LED green"), red: t("LED red"),
  };
  return led.blink ? `${colors[led.color]}, ${t("blinking")}` : colors[led.color];
}

/** The channels that carry data in words. */
export function channelsText({ channels, powered }: Pick<HubLook, "channels" | "powered">): string {
  if (!powered) return t("switched off");
  return channels.map(channelText).join(" + ") || t("no channel");
}

/** The card in a slot in words. */
export function slotText(slot: SlotLook): string {
  const kinds = { ajax: t("Ajax SIM"), ordinary: t("ordinary SIM"), empty: t("empty"), unknown: t("SIM") };
  const conditions = { healthy: "", locked: t("locked with a PIN"), broken: t("defective") };
  const parts = [kinds[slot.kind], slot.kind === "empty" ? "" : conditions[slot.condition]];
  if (slot.active) parts.push(t("in use"));
  return parts.filter(Boolean).join(", ");
}

/** The whole drawing in words. */
export function lookText(look: HubLook): string {
  const slots = Object.entries(look.slots).map(([number, slot]) => `${t("SIM {number}", { number })}: ${slotText(slot)}`);
  return [
    `${look.name}: ${ledText(look)}`,
    channelsText(look),
    ...slots,
    look.mains ? t("mains connected") : t("mains disconnected"),
    t("battery {percent} %", { percent: look.batteryPercent }),
    look.lidOpen ? t("lid open") : t("lid closed"),
  ].join("; ");
}

/** The texts of the guide for the tile under a hub. */
export function tileText(tile: string): string {
  const texts: Record<string, string> = {
    none: t("no tile"), activation_required: t("Activation required"), activated: t("Activated"),
    expires_soon: t("Expires soon"),
  };
  return texts[tile] ?? tile.replaceAll("_", " ");
}

/** The text of the guide for the second tile; empty without one. */
export function secondTileText(tile: string): string {
  return tile === "access_may_expire" ? t("Access to some features may expire if they are not activated") : "";
}

/** The hub in the app in words. */
export function appText(app: AppLook): string {
  const reach = app.online === null ? t("the cloud cannot be reached") : app.online ? t("online") : t("offline");
  return [
    reach,
    t("tile {tile}", { tile: tileText(app.tile) }),
    secondTileText(app.secondTile),
    app.star ? t("star") : t("no star"),
    t("icons {icons}", { icons: app.icons.map(iconText).join(", ") }),
  ].filter(Boolean).join("; ");
}
