// The events of `GET /lab/watch`, by name.
import type { FleetHub } from "../api/fleet_hub";

export interface ClockState {
  world_ms: number;
  held: boolean;
  moving_to_ms: number | null;
  due_ms: number | null;
}

export interface Hello extends ClockState {
  /** Changes when the world is reset or restored, and when the server starts again: all else is stale then. */
  run: string;
  /** The number of events that a reader missed, because the buffer of the server was too short. */
  missed: number;
}

export interface PassedMessage {
  at_ms: number;
  topic: string;
  /** The kind of message, such as `desired`; null for a topic that is not of the contract. */
  kind: string | null;
  /** The hub id or the ICCID in the topic; empty for the presence of the cloud. */
  subject: string;
  /** The hub that it is about, also if the subject is a card of a known hub. */
  hub: string | null;
  /** A hub id, `cloud`, `carrier`, `broker` or `third_party`. */
  sender: string;
  receiver: string;
  stage: "published" | "delivered" | "retained" | "delayed" | "dropped";
  /** The decoded JSON; null if it is not JSON or not whole. */
  payload: unknown;
  /** The payload as text, if it is not JSON; its first part if it is long. */
  text: string | null;
  /** The size in bytes of a payload that is not whole, otherwise 0. */
  size: number;
  qos: number;
  retain: boolean;
  /** The id of the fault that was applied to it. */
  fault: string | null;
}

export interface ActingPerson {
  /** The id; null for the operator, and for a person who signs up. */
  person: string | null;
  email: string | null;
  name: string | null;
  company: string | null;
  company_name: string | null;
  client: string;
  operator: boolean;
}

export interface ActEvent {
  at_ms: number;
  actor: ActingPerson;
  /** The name of the command, such as `activate`. */
  act: string;
  hub: string | null;
  facts: Record<string, unknown>;
  /** The name of the refusal; null: it was done. */
  refused: string | null;
  /** Why it was refused, as a sentence. */
  reason: string | null;
  refusal_facts: Record<string, string>;
  /** Ids of what was created, the next screen. */
  result: Record<string, string>;
}

export interface HandsEvent {
  at_ms: number;
  hub: string;
  action: { do: string; [more: string]: unknown };
  refused: string | null;
  reason: string | null;
}

export interface OrderEvent {
  at_ms: number;
  iccid: string;
  hub: string | null;
  sequence: number;
  profile: string | null;
  /** `placed`, `accepted`, `executed`, `refused`, `failed`, `replaced`, `repeated`, `suspended`, `reactivated`. */
  state: string;
  reason: string | null;
}

export interface FaultEvent {
  at_ms: number;
  /** Empty for a fault that happens at once. */
  id: string;
  fault: { [more: string]: unknown } | null;
  state: "armed" | "hit" | "disarmed" | "done";
  /** The number of messages or orders that it still applies to. */
  left: number;
}

export interface PlayEvent {
  play: string;
  state: string;
  [more: string]: unknown;
}

export interface WatchEvents {
  hello: Hello;
  clock: ClockState;
  message: PassedMessage;
  hub: FleetHub;
  act: ActEvent;
  hands: HandsEvent;
  order: OrderEvent;
  fault: FaultEvent;
  play: PlayEvent;
}

export type WatchName = keyof WatchEvents;
