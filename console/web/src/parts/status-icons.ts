// The icon row of the app: the names that hub and cloud use, and what an icon is drawn from.
import { t } from "../words/index.svelte";

/** What an icon shows, independent of its drawing. */
export type StatusIcon =
  | { shape: "cellular"; generation: string; bars: number }
  | { shape: "cellular_off" }
  | { shape: "battery"; percent: number }
  | { shape: "sim"; mark: "missing" | "defective" }
  | { shape: "mains"; present: boolean }
  | { shape: "malfunction" }
  | { shape: "lid_open" }
  | { shape: "star" }
  | { shape: "other"; text: string };

const BARS: Record<string, number> = { no_signal: 0, weak: 1, normal: 3, strong: 4 };

/** The icon for a name such as `4g_strong`. A name that this version does not know is shown as text. */
export function statusIcon(name: string): StatusIcon {
  const battery = /^battery_(\d+)$/.exec(name);
  if (battery) return { shape: "battery", percent: Math.min(100, Number(battery[1])) };
  const cellular = /^(\d+g)_(\w+)$/.exec(name);
  if (cellular && (cellular[2] ?? "") in BARS) {
    return { shape: "cellular", generation: (cellular[1] ?? "").toUpperCase(), bars: BARS[cellular[2] ?? ""] ?? 0 };
  }
  switch (name) {
    case "cellular_off": return { shape: "cellular_off" };
    case "sim_not_installed": return { shape: "sim", mark: "missing" };
    case "sim_defective_or_pin": return { shape: "sim", mark: "defective" };
    case "mains": return { shape: "mains", present: true };
    case "no_mains": return { shape: "mains", present: false };
    case "malfunction": case "lid_open": case "star": return { shape: name };
    default: return { shape: "other", text: name.replaceAll("_", " ") };
  }
}

/** Charges up to this one are drawn as an alarm. */
export const LOW_BATTERY_PERCENT = 20;

/** Whether the icon warns of something. */
export function isAlarm(icon: StatusIcon): boolean {
  if (icon.shape === "battery") return icon.percent <= LOW_BATTERY_PERCENT;
  if (icon.shape === "mains") return !icon.present;
  return ["cellular_off", "sim", "malfunction", "lid_open"].includes(icon.shape);
}

/** The accessible name of an icon. */
export function iconText(name: string): string {
  const icon = statusIcon(name);
  switch (icon.shape) {
    case "cellular": {
      const strengths = [t("no signal"), t("weak signal"), "", t("normal signal"), t("strong signal")];
      return `${icon.generation}, ${strengths[icon.bars] ?? ""}`;
    }
    case "cellular_off": return t("no cellular network");
    case "battery": return t("battery {percent} %", { percent: icon.percent });
    case "sim": return icon.mark === "missing" ? t("SIM not installed") : t("SIM defective or locked with a PIN");
    case "mains": return icon.present ? t("mains connected") : t("mains disconnected");
    case "malfunction": return t("malfunction");
    case "lid_open": return t("lid open");
    case "star": return t("star");
    default: return icon.text;
  }
}
