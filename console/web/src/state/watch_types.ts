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
  /** The kind of message, such as `desired`. */
  kind: string;
  /** A hub id or an ICCID. */
  subject: string;
  hub: string | null;
  /** A hub id, `cloud`, `carrier`, `broker` or `third_party`. */
  sender: string;
  receiver: string;
  stage: "published" | "delivered" | "retained" | "dropped";
  payload: unknown;
  /** The payload when it is not JSON. */
  text: string | null;
  qos: number;
  retain: boolean;
}

export interface ActEvent {
  at_ms: number;
  actor: { person: string | null; company: string | null; client: string | null };
  act: string;
  hub: string | null;
  facts: Record<string, unknown>;
  refused: boolean;
  reason: string | null;
  result: unknown;
}

export interface HandsEvent {
  at_ms: number;
  hub: string;
  action: Record<string, unknown> | string;
  refused: string | null;
}

export interface OrderEvent {
  at_ms: number;
  iccid: string;
  hub: string | null;
  sequence: number;
  profile: string;
  state: string;
  reason: string | null;
}

export interface FaultEvent {
  at_ms: number;
  id: string;
  fault: unknown;
  state: "armed" | "hit" | "disarmed" | "done";
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
