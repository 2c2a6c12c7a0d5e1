// The strength of the cellular signal on the bench, of the hub and of single slots. Pure.
import { t } from "../../words/index.svelte";
import type { BenchStep } from "./bench-steps";
import type { BenchSetup } from "./hub-state.svelte";

export type Signal = NonNullable<BenchSetup["signal"]>;

/** The strengths with coverage, the strongest first. Without coverage there is no signal at all. */
export const SIGNALS: readonly Signal[] = ["strong", "normal", "weak"];
/** The strengths of the networks of one card. */
export const SLOT_SIGNALS: readonly Signal[] = [...SIGNALS, "no_signal"];

export function signalText(signal: Signal): string {
  switch (signal) {
    case "strong": return t("strong signal");
    case "normal": return t("normal signal");
    case "weak": return t("weak signal");
    case "no_signal": return t("no signal");
  }
}

/**
 * The bench actions that give a slot its own strength; null: that of the hub. The bench removes the own
 * strengths of all slots at once, so the other slots get theirs again.
 */
export function slotSignalSteps(slot: number, signal: Signal | null, setup: BenchSetup): BenchStep[] {
  if (signal !== null) return [{ do: "set_signal", signal, slot }];
  const others = Object.entries(setup.slot_signals ?? {}).filter(([number]) => Number(number) !== slot);
  return [
    { do: "set_signal", signal: setup.signal ?? "strong" },
    ...others.map(([number, own]): BenchStep => ({ do: "set_signal", signal: own, slot: Number(number) })),
    // A strength for all slots includes coverage.
    ...(setup.coverage === false ? [{ do: "set_coverage", present: false } as const] : []),
  ];
}
