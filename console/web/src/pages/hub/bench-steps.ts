// Acts on the drawn hub as bench actions of the lab. Pure: new cards get the numbers that are passed in.
import type { HandAct } from "../../parts/hub-hands";
import { makeCard } from "./sim-numbers";

/** One bench action, as `POST /lab/hubs/{hub}/actions` takes it. */
export type BenchStep = { do: string } & Record<string, unknown>;

/** The cards on the bench, by slot number. */
export type Cards = Record<string, unknown>;

/** The bench actions of an act, in their order. A card that is moved stays the same card. */
export function benchSteps(act: HandAct, cards: Cards, cardNumber: number): BenchStep[] {
  switch (act.do) {
    case "insert_sim":
      return [{ do: "insert_sim", slot: act.slot, card: makeCard(act.kind, cardNumber) }];
    case "move_sim":
      return moved(act.from, act.to, cards);
    case "swap_sims":
      return [
        { do: "remove_sim", slot: act.one },
        { do: "remove_sim", slot: act.other },
        { do: "insert_sim", slot: act.one, card: cards[act.other] },
        { do: "insert_sim", slot: act.other, card: cards[act.one] },
      ];
    default:
      return [act];
  }
}

function moved(from: number, to: number, cards: Cards): BenchStep[] {
  return [{ do: "remove_sim", slot: from }, { do: "insert_sim", slot: to, card: cards[from] }];
}
