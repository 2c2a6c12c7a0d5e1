// The events of a trace as the lanes and rows of a sequence diagram. Pure.
//
// A trace has published messages, not deliveries. So a row goes from the sender to the broker, and names the
// receiver that the topic is meant for.
import { messageLabel, readTopic } from "../../parts/message-label";
import { decoded } from "../../parts/payload-lines";
import type { Lane, RowKind, SequenceRow } from "../../parts/sequence";
import { wireText, words } from "../../parts/wire-words";
import { t } from "../../words/index.svelte";

export interface TraceEvent {
  at_ms: number;
  event: string;
  who: string;
  facts: Record<string, unknown>;
}

const [CLOUD, BROKER, CARRIER] = ["cloud", "broker", "carrier"];
const FOR_CLOUD = new Set(["reported", "presence", "events", "confirmations"]);

/** The lanes of a trace: its people, the stations, its hubs. `names` has names of hubs and cards by their ids. */
export function traceLanes(events: readonly TraceEvent[], names: Record<string, string>): Lane[] {
  const people = new Set<string>();
  const hubs = new Map(Object.entries(names).filter(([, name]) => !name.includes("/")));
  for (const { event, who, facts } of events) {
    if (event === "act") people.add(who);
    if (event === "bench") hubs.set(who, hubs.get(who) ?? who);
    const { subject } = readTopic(String(facts.topic ?? ""));
    if (/^[0-9A-F]{8}$/.test(subject)) hubs.set(subject, hubs.get(subject) ?? subject);
  }
  return [
    ...[...people].map((who): Lane => ({ id: who, name: who, kind: "person" })),
    { id: CLOUD, name: t("cloud"), kind: "cloud" },
    { id: BROKER, name: t("broker"), kind: "broker" },
    { id: CARRIER, name: t("carrier"), kind: "carrier" },
    ...[...hubs].map(([id, name]): Lane => ({ id, name, kind: "hub" })),
  ];
}

/** One row for each event. The ids of the rows are the places of the events. */
export function traceRows(events: readonly TraceEvent[], lanes: readonly Lane[]): SequenceRow[] {
  const known = new Set(lanes.map(({ id }) => id));
  const place = (who: string): string => (known.has(who) ? who : BROKER);
  return events.map((event, id) => {
    const row = rowOf(event, place);
    return { id, at_ms: event.at_ms, facts: event.facts, ...row };
  });
}

type RowShape = Pick<SequenceRow, "kind" | "source" | "target" | "label">;

function rowOf({ event, who, facts }: TraceEvent, place: (who: string) => string): RowShape {
  const source = place(who);
  const one = (kind: RowKind, label: string): RowShape => ({ kind, source, target: source, label });
  switch (event) {
    case "act":
      return { kind: "wish", source, target: CLOUD, label: wireText(facts.do) };
    case "answered":
      return answered(facts, source, who);
    case "bench":
      return one("bench_action", wireText(facts.do));
    case "fault":
      return one("fault", wireText(facts.fault));
    case "published":
      return { kind: "message", source, target: place(meantFor(String(facts.topic))), label: published(facts) };
    case "interfered":
      return { kind: "struck", source: BROKER, target: source, label: deliveries(facts) };
    case "connection_lost":
      return { kind: "lost", source, target: BROKER, label: t("connection lost") };
    case "refused_message":
      return one("complaint", t("refuses a message ({rule})", { rule: words(facts.rule) }));
    case "fact":
      return one("fact", words(facts.fact));
    case "packet":
      return packet(facts, source);
    default:
      return one("other", words(event));
  }
}

function answered(facts: Record<string, unknown>, source: string, who: string): RowShape {
  const refused = facts.refused;
  const kind = refused === null || refused === undefined ? "granted" : "refused";
  const label = kind === "granted" ? t("accepted") : t("refused: {reason}", { reason: words(refused) });
  return { kind, source: /^[0-9A-F]{8}$/.test(who) ? source : CLOUD, target: source, label };
}

function published(facts: Record<string, unknown>): string {
  const text = String(facts.payload ?? "");
  return messageLabel(String(facts.topic), decoded(text), text === "");
}

/** The receiver that subscribes to a topic. */
function meantFor(topic: string): string {
  const { subject, kind } = readTopic(topic);
  if (FOR_CLOUD.has(kind)) return CLOUD;
  return kind === "orders" ? CARRIER : subject;
}

function deliveries(facts: Record<string, unknown>): string {
  const kind = wireText(readTopic(String(facts.topic)).kind);
  const count = Number(facts.arrives);
  if (count === 0) return t("{kind} is not delivered now", { kind });
  return count === 1 ? t("{kind} is delivered once, changed", { kind }) : t("{kind} is delivered {n} times", { kind, n: count });
}

function packet(facts: Record<string, unknown>, station: string): RowShape {
  const topic = String(facts.topic ?? "");
  const about = readTopic(topic).kind || topic || facts.reason || facts.by || "";
  const label = `${words(facts.packet)} ${words(about)}`.trim();
  const ends = facts.direction === "to_client" ? { source: BROKER, target: station } : { source: station, target: BROKER };
  return { kind: "packet", ...ends, label };
}
