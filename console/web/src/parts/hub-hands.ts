// Acts on a drawn hub, and the meaning of a drag from one place to another. Pure.
import { t } from "../words/index.svelte";
import { channelText, type HubLook } from "./hub-look";
import { PORTS, SLOT, slotX } from "./hub-plan";

export type CardKind = "ajax" | "ordinary";

/** One act on the hardware. A page turns it into bench actions of the lab. */
export type HandAct =
  | { do: "insert_sim"; slot: number; kind: CardKind }
  | { do: "remove_sim" | "lock_sim" | "unlock_sim" | "break_sim"; slot: number }
  | { do: "move_sim"; from: number; to: number }
  | { do: "swap_sims"; one: number; other: number }
  | { do: "plug" | "unplug"; link: string }
  | { do: "set_mains" | "set_coverage"; present: boolean }
  | { do: "set_lid"; open: boolean }
  | { do: "power_on" | "power_off" | "restart" };

/** A place where a drag begins or ends. */
export type Place =
  | { at: "tray"; kind: CardKind }
  | { at: "slot"; slot: number }
  | { at: "port"; link: string }
  | { at: "loose"; link: string }
  | { at: "table" };

/** The act of dragging something from a place to another; null: nothing happens. `mains` is a link here. */
export function dropAct(from: Place, to: Place, look: Pick<HubLook, "slots">): HandAct | null {
  if (from.at === "tray" && to.at === "slot") return { do: "insert_sim", slot: to.slot, kind: from.kind };
  if (from.at === "slot" && to.at === "slot") {
    if (from.slot === to.slot) return null;
    const taken = look.slots[String(to.slot)]?.kind !== "empty";
    return taken ? { do: "swap_sims", one: from.slot, other: to.slot } : { do: "move_sim", from: from.slot, to: to.slot };
  }
  if (from.at === "slot" && (to.at === "table" || to.at === "tray")) return { do: "remove_sim", slot: from.slot };
  if (from.at === "loose" && to.at === "port" && from.link === to.link) return plugAct(from.link, true);
  if (from.at === "port" && to.at !== "port") return plugAct(from.link, false);
  return null;
}

/** Put a plug in, or pull it. */
export function plugAct(link: string, plugged: boolean): HandAct {
  if (link === "mains") return { do: "set_mains", present: plugged };
  return { do: plugged ? "plug" : "unplug", link };
}

/** The acts that a slot offers, in the order of its menu. */
export function slotActs(slot: number, look: Pick<HubLook, "slots">): HandAct[] {
  const card = look.slots[String(slot)];
  if (!card || card.kind === "empty") {
    return [{ do: "insert_sim", slot, kind: "ajax" }, { do: "insert_sim", slot, kind: "ordinary" }];
  }
  const acts: HandAct[] = [{ do: "remove_sim", slot }];
  for (const [number, other] of Object.entries(look.slots)) {
    if (Number(number) === slot) continue;
    acts.push(other.kind === "empty"
      ? { do: "move_sim", from: slot, to: Number(number) }
      : { do: "swap_sims", one: slot, other: Number(number) });
  }
  if (card.condition === "healthy") acts.push({ do: "lock_sim", slot });
  if (card.condition === "locked") acts.push({ do: "unlock_sim", slot });
  if (card.condition !== "broken") acts.push({ do: "break_sim", slot });
  return acts;
}

/** An act in words, as on a button. */
export function actText(act: HandAct): string {
  switch (act.do) {
    case "insert_sim": return act.kind === "ajax" ? t("Insert an Ajax SIM") : t("Insert an ordinary SIM");
    case "remove_sim": return t("Remove the SIM");
    case "lock_sim": return t("Lock with a PIN");
    case "unlock_sim": return t("Unlock");
    case "break_sim": return t("Break the SIM");
    case "move_sim": return t("Move to SIM {number}", { number: act.to });
    case "swap_sims": return t("Swap with SIM {number}", { number: act.other });
    case "plug": return t("Connect {link}", { link: channelText(act.link) });
    case "unplug": return t("Disconnect {link}", { link: channelText(act.link) });
    case "set_mains": return act.present ? t("Connect the mains") : t("Cut the mains");
    case "set_coverage": return act.present ? t("Bring into coverage") : t("Take out of coverage");
    case "set_lid": return act.open ? t("Open the lid") : t("Close the lid");
    case "power_on": return t("Switch on");
    case "power_off": return t("Switch off");
    case "restart": return t("Restart");
  }
}

/** The first empty slot; null: all are taken. */
export function emptySlot(look: Pick<HubLook, "slots">): number | null {
  const found = Object.entries(look.slots).find(([, slot]) => slot.kind === "empty");
  return found ? Number(found[0]) : null;
}

const NEAR = 46; // A plug that is dropped this near to its port is put in.

/** The place under a point of the drawing. `dragged` is what is in the hand: plugs see ports only. */
export function placeAt(x: number, y: number, dragged: Place, look: Pick<HubLook, "slots">): Place {
  if (dragged.at === "port" || dragged.at === "loose") {
    const port = PORTS[dragged.link];
    const near = port && Math.hypot(x - port.x, y - port.y) < NEAR;
    return near ? { at: "port", link: dragged.link } : { at: "table" };
  }
  const slots = Object.keys(look.slots);
  const found = slots.findIndex((_, place) => {
    const left = slotX(place, slots.length);
    return x >= left - 6 && x <= left + SLOT.width + 6 && y >= SLOT.y - 8 && y <= SLOT.y + SLOT.height + 8;
  });
  return found >= 0 ? { at: "slot", slot: Number(slots[found]) } : { at: "table" };
}
