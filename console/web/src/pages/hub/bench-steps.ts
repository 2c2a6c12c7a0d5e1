// Acts on a drawn hub as bench actions of the lab. Pure: new cards get the numbers that are passed in.
import type { components } from "../../api/schema";
import type { HandAct } from "../../parts/hub-hands";
import { makeCard } from "./sim-numbers";

type Schemas = components["schemas"];
type WholeAction = Schemas["BenchActionBody"]["action"];

/** A card on the bench. An absent field has its usual value. */
export type BenchCard = Pick<Schemas["Card"], "kind" | "iccid" | "imsi"> & Partial<Schemas["Card"]>;
/** The cards on the bench, by slot number. */
export type Cards = Record<string, BenchCard>;

/** One bench action, as `POST /lab/hubs/{hub}/actions` takes it. */
export type BenchStep =
  | Exclude<WholeAction, { do: "insert_sim" | "set_signal" }>
  | { do: "insert_sim"; slot: number; card: BenchCard }
  | { do: "set_signal"; signal: Schemas["Signal"]; slot?: number };

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
        ...inserted(act.one, cards[act.other]),
        ...inserted(act.other, cards[act.one]),
      ];
    default:
      return [act];
  }
}

function moved(from: number, to: number, cards: Cards): BenchStep[] {
  return [{ do: "remove_sim", slot: from }, ...inserted(to, cards[from])];
}

/** A slot that another browser has emptied has no card: the bench refuses the action that removes it. */
function inserted(slot: number, card: BenchCard | undefined): BenchStep[] {
  return card === undefined ? [] : [{ do: "insert_sim", slot, card }];
}
