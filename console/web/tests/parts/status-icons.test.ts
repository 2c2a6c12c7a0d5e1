import { readFileSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "vitest";

import { iconText, isAlarm, statusIcon } from "../../src/parts/status-icons";

/** The names that the contract lists, from its source. */
function contractNames(): string[] {
  const source = readFileSync(join(import.meta.dirname, "../../../../contract/hubsim_contract/wire/icons.py"), "utf-8");
  const literal = /ICON_NAMES = \(([\s\S]*?)\n\)/.exec(source)?.[1] ?? "";
  const plain = [...literal.matchAll(/^ {4}"(\w+)"/gm)].map(([, name]) => name ?? "");
  const signals = ["no_signal", "weak", "normal", "strong"];
  const cellular = ["2g", "3g", "4g"].flatMap((generation) => signals.map((signal) => `${generation}_${signal}`));
  const batteries = Array.from({ length: 21 }, (_, step) => `battery_${step * 5}`);
  return [...plain, ...cellular, ...batteries];
}

test("every icon of the contract has a separate drawing and name", () => {
  const names = contractNames();

  expect(names).toContain("sim_defective_or_pin");
  expect(names.filter((name) => statusIcon(name).shape === "other")).toEqual([]);
  expect(new Set(names.map(iconText)).size).toBe(names.length);
});

test("signals have more bars as they get stronger", () => {
  const bars = ["no_signal", "weak", "normal", "strong"].map((signal) => {
    const icon = statusIcon(`4g_${signal}`);
    return icon.shape === "cellular" ? icon.bars : -1;
  });

  expect(bars).toEqual([0, 1, 3, 4]);
});

test("an icon that this version does not know is shown as text", () => {
  expect(statusIcon("solar_panel")).toEqual({ shape: "other", text: "solar panel" });
  expect(iconText("5g_strong")).toBe("5G, strong signal");
});

test("only states that need attention are drawn as alarms", () => {
  const alarms = contractNames().filter((name) => isAlarm(statusIcon(name)));

  expect(alarms).toEqual([
    "cellular_off", "sim_not_installed", "sim_defective_or_pin", "malfunction", "lid_open", "no_mains",
    "battery_0", "battery_5", "battery_10", "battery_15", "battery_20",
  ]);
});
