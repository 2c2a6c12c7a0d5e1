// The facts of a hub or a company as the tracks of a timeline. Pure.
import type { TimelineFact, TimelineSpan, TimelineTrack, Tone } from "../../parts/timeline";
import { t } from "../../words/index.svelte";

/** A fact of the cloud's log, as the histories of the lab have it. */
export interface HistoryRow {
  at_ms: number;
  /** The id of the person who caused it; empty: the service itself. */
  by: string;
  fact: string;
  details: Record<string, unknown>;
}

type Topic = "company" | "people" | "resellers" | "objects" | "services" | "carrier" | "device" | "money";

/** The facts by what they are about. Other facts stand with the company. */
const TOPICS: Record<string, Topic> = {
  employee_added: "people",
  employee_joined: "people",
  employee_role_changed: "people",
  employee_removed: "people",
  mail_sent: "people",
  reseller_appointed: "resellers",
  connection_requested: "resellers",
  invitation_claimed: "resellers",
  connection_approved: "resellers",
  connection_rejected: "resellers",
  connection_suspended: "resellers",
  connection_restored: "resellers",
  object_created: "objects",
  object_deleted: "objects",
  installing_company_removed: "objects",
  hub_added: "objects",
  hub_removed: "objects",
  service_activated: "services",
  deactivation_scheduled: "services",
  service_resumed: "services",
  service_stopped: "services",
  service_ended: "services",
  sim_bound: "services",
  carrier_order_placed: "carrier",
  carrier_order_accepted: "carrier",
  carrier_order_executed: "carrier",
  carrier_order_refused: "carrier",
  carrier_order_failed: "carrier",
  sim_suspended: "carrier",
  sim_reactivated: "carrier",
  hub_armed: "device",
  hub_configured: "device",
  configuration_transferred: "device",
  sims_observed: "device",
  hub_reported_offline: "device",
  hub_reported_online: "device",
  channel_loss_noticed: "device",
  channel_restored: "device",
  version_overtaken: "device",
  device_forgotten: "device",
  invoice_issued: "money",
};

const TOPIC_TEXTS: Record<Topic, () => string> = {
  services: () => t("Services"),
  carrier: () => t("Carrier"),
  device: () => t("Hub"),
  objects: () => t("Objects"),
  people: () => t("People"),
  resellers: () => t("Resellers"),
  money: () => t("Invoices"),
  company: () => t("Company"),
};

const TONES: Record<string, Tone> = {
  service_activated: "ok",
  service_resumed: "ok",
  connection_approved: "ok",
  connection_restored: "ok",
  hub_reported_online: "ok",
  channel_restored: "ok",
  sim_reactivated: "ok",
  carrier_order_executed: "ok",
  deactivation_scheduled: "warn",
  connection_suspended: "warn",
  channel_loss_noticed: "warn",
  service_stopped: "bad",
  service_ended: "bad",
  hub_reported_offline: "bad",
  connection_rejected: "bad",
  sim_suspended: "bad",
  carrier_order_refused: "bad",
  carrier_order_failed: "bad",
  company_deleted: "bad",
  invoice_issued: "accent",
};

/** The service of a hub after a fact; undefined: the fact says nothing of it. */
const SERVICE_AFTER: Record<string, "active" | "expiring" | null> = {
  service_activated: "active",
  service_resumed: "active",
  deactivation_scheduled: "expiring",
  service_stopped: null,
  service_ended: null,
};

export const factText = (fact: string): string => fact.replaceAll("_", " ");

/** The times in which the services of a hub were active or expiring. */
export function serviceSpans(rows: readonly HistoryRow[]): TimelineSpan[] {
  const spans: TimelineSpan[] = [];
  for (const { at_ms, fact } of rows) {
    const after = SERVICE_AFTER[fact];
    if (after === undefined) continue;
    const last = spans.at(-1);
    if (last && last.to_ms === null) last.to_ms = at_ms;
    if (after === null) continue;
    const text = after === "active" ? t("Activated") : t("Expires soon");
    spans.push({ from_ms: at_ms, to_ms: null, text, tone: after === "active" ? "ok" : "warn" });
  }
  return spans;
}

/** The times in which a hub was reported as offline. */
export function offlineSpans(rows: readonly HistoryRow[]): TimelineSpan[] {
  const spans: TimelineSpan[] = [];
  for (const { at_ms, fact } of rows) {
    const last = spans.at(-1);
    if (fact === "hub_reported_offline") spans.push({ from_ms: at_ms, to_ms: null, text: t("Offline"), tone: "bad" });
    else if (fact === "hub_reported_online" && last?.to_ms === null) last.to_ms = at_ms;
  }
  return spans;
}

/** One track for each topic with a fact. Services and the hub have bars of their states. */
export function topicTracks(rows: readonly HistoryRow[], nameOf: (person: string) => string): TimelineTrack[] {
  const topics = Object.keys(TOPIC_TEXTS) as Topic[];
  const facts = new Map<Topic, TimelineFact[]>(topics.map((topic) => [topic, []]));
  rows.forEach((row, id) => facts.get(TOPICS[row.fact] ?? "company")?.push(factOf(row, id, nameOf)));
  return topics
    .filter((topic) => facts.get(topic)?.length)
    .map((topic) => ({ id: topic, name: TOPIC_TEXTS[topic](), facts: facts.get(topic) ?? [], spans: [] }));
}

/** The tracks of one hub: its topics, with bars of its services and its absences. */
export function hubTracks(rows: readonly HistoryRow[], nameOf: (person: string) => string): TimelineTrack[] {
  const spans: Record<string, TimelineSpan[]> = { services: serviceSpans(rows), device: offlineSpans(rows) };
  return topicTracks(rows, nameOf).map((track) => ({ ...track, spans: spans[track.id] ?? [] }));
}

/** The tracks of a company: what is about the company itself, then one track for each of its hubs. */
export function companyTracks(
  rows: readonly HistoryRow[],
  nameOf: (person: string) => string,
  hubName: (hub: string) => string,
): TimelineTrack[] {
  const ofHubs = new Map<string, HistoryRow[]>();
  const own: HistoryRow[] = [];
  for (const row of rows) {
    const hub = row.details.hub;
    if (typeof hub === "string") ofHubs.set(hub, [...(ofHubs.get(hub) ?? []), row]);
    else own.push(row);
  }
  const tracks = [...ofHubs].map(([hub, facts]): TimelineTrack => ({
    id: hub,
    name: hubName(hub),
    spans: serviceSpans(facts),
    facts: facts.map((row, id) => factOf(row, `${hub} ${id}`, nameOf)),
  }));
  return [...topicTracks(own, nameOf), ...tracks];
}

function factOf(row: HistoryRow, id: string | number, nameOf: (person: string) => string): TimelineFact {
  const by = row.by ? { by: nameOf(row.by) } : {};
  return { id, at_ms: row.at_ms, text: factText(row.fact), tone: TONES[row.fact] ?? "plain", details: { ...by, ...row.details } };
}
