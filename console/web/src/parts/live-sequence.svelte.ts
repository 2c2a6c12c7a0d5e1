// A live sequence diagram: lanes and rows from the events of the watch stream, bounded.
import { t } from "../words/index.svelte";
import { messageLabel } from "./message-label";
import type { Lane, LaneKind, RowKind, SequenceRow } from "./sequence";
import { wireText, words } from "./wire-words";

/** A message at one stage of its way, as in the event `message` of `GET /lab/watch`. */
export interface LiveMessage {
  at_ms: number;
  topic: string;
  sender: string;
  receiver: string;
  stage: string;
  payload: unknown;
  text: string | null;
  qos: number;
  retain: boolean;
}

/** A person's command and its answer, as in the event `act`. */
export interface LiveAct {
  at_ms: number;
  actor: { name: string | null; email: string | null; company_name: string | null; client: string };
  act: string;
  hub: string | null;
  facts: Record<string, unknown>;
  /** The name of the refusal; null: it was done. */
  refused: string | null;
}

/** A bench action, as in the event `hands`. */
export interface LiveHands {
  at_ms: number;
  hub: string;
  action: { do: string; [more: string]: unknown };
  refused: string | null;
}

/** A carrier order, as in the event `order`. */
export interface LiveOrder {
  at_ms: number;
  iccid: string;
  hub: string | null;
  sequence: number;
  profile: string | null;
  state: string;
  reason: string | null;
}

/** A fault that was armed, hit or disarmed, as in the event `fault`. */
export interface LiveFault {
  at_ms: number;
  id: string;
  fault: { [more: string]: unknown } | null;
  state: string;
}

export interface LiveEvents {
  message: LiveMessage;
  act: LiveAct;
  hands: LiveHands;
  order: LiveOrder;
  fault: LiveFault;
}

type Draft = Omit<SequenceRow, "id">;

/** Older rows are removed beyond this number. */
const MOST_ROWS = 20_000;
const REMOVED_AT_ONCE = 2_000;

const STAGES: Record<string, RowKind> = {
  published: "published", delivered: "delivered", retained: "retained", delayed: "struck", dropped: "dropped",
};
/** What a label says of a stage that is not the usual way. */
const STAGE_NOTES: Record<string, () => string> = {
  retained: () => t("retained"), delayed: () => t("delayed"), dropped: () => t("dropped"),
};

function messageRow(message: LiveMessage): Draft {
  const { at_ms, topic, sender, receiver, stage, payload, text, qos, retain } = message;
  const kind = STAGES[stage] ?? "other";
  const note = STAGE_NOTES[stage]?.();
  const label = messageLabel(topic, payload, payload === null && !text);
  return {
    at_ms, kind, label: note ? `${label} (${note})` : label,
    source: kind === "published" ? sender : "broker", target: kind === "published" ? "broker" : receiver,
    facts: { topic, qos, retain, stage, payload: text ?? JSON.stringify(payload) },
  };
}

function actRows({ at_ms, actor, act, hub, facts, refused }: LiveAct): Draft[] {
  const person = actor.name ?? actor.email ?? t("operator");
  const details = { act, ...facts, company: actor.company_name, client: actor.client, hub };
  const answer = refused ? `${t("refused")}: ${words(refused)}` : t("accepted");
  return [
    { at_ms, kind: "wish", source: person, target: "cloud", label: wireText(act), facts: details },
    { at_ms, kind: refused ? "refused" : "granted", source: "cloud", target: person, label: answer, facts: details },
  ];
}

function handsRow({ at_ms, hub, action, refused }: LiveHands): Draft {
  const what = wireText(action.do);
  const label = refused ? `${what}: ${t("refused")} (${words(refused)})` : what;
  return { at_ms, kind: "bench_action", source: hub, target: hub, label, facts: action };
}

function orderRow({ at_ms, iccid, sequence, profile, state, reason }: LiveOrder): Draft {
  const label = `${t("order {sequence}", { sequence })}: ${wireText(profile)}, ${wireText(state)}`;
  return { at_ms, kind: "order", source: "carrier", target: "carrier", label, facts: { iccid, sequence, profile, state, reason } };
}

function faultRow({ at_ms, id, fault, state }: LiveFault): Draft {
  return { at_ms, kind: "fault", source: "broker", target: "broker", label: `${wireText(fault?.fault)}, ${wireText(state)}`, facts: { id, fault } };
}

/** The rows of an event. */
export function rowsOf<Name extends keyof LiveEvents>(name: Name, event: LiveEvents[Name]): Draft[] {
  switch (name) {
    case "message": return [messageRow(event as LiveMessage)];
    case "act": return actRows(event as LiveAct);
    case "hands": return [handsRow(event as LiveHands)];
    case "order": return [orderRow(event as LiveOrder)];
    default: return [faultRow(event as LiveFault)];
  }
}

const ORDER: LaneKind[] = ["person", "cloud", "broker", "carrier", "hub", "third_party"];
const FIXED: Record<string, LaneKind> = { cloud: "cloud", broker: "broker", carrier: "carrier", third_party: "third_party" };

/** The kind of a participant by its id: people have an e-mail address, hubs do not. */
export function laneKind(id: string, people: ReadonlySet<string>): LaneKind {
  return FIXED[id] ?? (people.has(id) ? "person" : "hub");
}

/** The rows of a live diagram. `nameOf` gives the name of a hub for its id. */
export class LiveSequence {
  rows = $state.raw<readonly SequenceRow[]>([]);
  lanes = $state.raw<readonly Lane[]>([]);
  readonly #nameOf: (id: string) => string;
  readonly #people = new Set<string>();
  readonly #ids = new Set<string>(["cloud", "broker"]);
  #waiting: SequenceRow[] = [];
  #next = 1;
  #frame = 0;

  constructor(nameOf: (id: string) => string) {
    this.#nameOf = nameOf;
    this.#setLanes();
  }

  /** Add an event. The diagram shows it with the next frame. */
  add<Name extends keyof LiveEvents>(name: Name, event: LiveEvents[Name]): void {
    for (const draft of rowsOf(name, event)) {
      if (draft.kind === "wish") this.#people.add(draft.source);
      this.#waiting.push({ id: this.#next, ...draft });
      this.#next += 1;
    }
    // A hidden tab has no frames.
    if (this.#waiting.length >= REMOVED_AT_ONCE) this.#show();
    else if (!this.#frame && this.#waiting.length) this.#frame = requestAnimationFrame(() => this.#show());
  }

  /** Forget all rows, as after a reset of the world. */
  clear(): void {
    this.#waiting = [];
    this.#people.clear();
    this.#ids.clear();
    for (const id of ["cloud", "broker"]) this.#ids.add(id);
    this.rows = [];
    this.#setLanes();
  }

  #show(): void {
    this.#frame = 0;
    const known = this.#ids.size;
    for (const { source, target } of this.#waiting) this.#ids.add(source).add(target);
    const all = [...this.rows, ...this.#waiting];
    this.#waiting = [];
    this.rows = all.length > MOST_ROWS ? all.slice(all.length - MOST_ROWS + REMOVED_AT_ONCE) : all;
    if (this.#ids.size !== known) this.#setLanes();
  }

  #setLanes(): void {
    const texts: Record<string, string> = {
      cloud: t("cloud"), broker: t("broker"), carrier: t("carrier"), third_party: t("third party"),
    };
    this.lanes = [...this.#ids]
      .map((id): Lane => {
        const kind = laneKind(id, this.#people);
        return { id, kind, name: texts[id] ?? (kind === "hub" ? this.#nameOf(id) : id) };
      })
      .toSorted((one, other) => ORDER.indexOf(one.kind) - ORDER.indexOf(other.kind));
  }
}
