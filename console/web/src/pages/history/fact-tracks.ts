// The facts of a hub or a company as the tracks of a timeline. Pure.
import type { TimelineFact, TimelineSpan, TimelineTrack, Tone } from "../../parts/timeline";
import { msg, t } from "../../words/index.svelte";

/** A fact of the cloud's log, as the histories of the lab have it. */
export interface HistoryRow {
  at_ms: number;
  /** The id of the person who caused it; empty: the service itself. */
  by: string;
  fact: string;
  details: Record<string, unknown>;
}

type Topic = "company" | "people" | "resellers" | "objects" | "services" | "carrier" | "device" | "money";

/** The facts by what they are about, and their words. A new kind of fact is shown with the company. */
const FACTS: Record<string, readonly [Topic, string]> = {
  person_signed_up: ["people", msg("signed up")],
  company_created: ["company", msg("company created")],
  company_deleted: ["company", msg("company deleted")],
  dealer_enrolled: ["company", msg("registered as a Dealer")],
  billing_zone_set: ["company", msg("billing zone set")],
  country_services_set: ["company", msg("services in the country changed")],
  employee_added: ["people", msg("employee added")],
  employee_joined: ["people", msg("employee joined")],
  employee_role_changed: ["people", msg("role changed")],
  employee_removed: ["people", msg("employee removed")],
  mail_sent: ["people", msg("mail sent")],
  reseller_appointed: ["resellers", msg("Reseller appointed")],
  connection_requested: ["resellers", msg("connection requested")],
  invitation_claimed: ["resellers", msg("invitation accepted")],
  connection_approved: ["resellers", msg("connection approved")],
  connection_rejected: ["resellers", msg("connection rejected")],
  connection_suspended: ["resellers", msg("connection suspended")],
  connection_restored: ["resellers", msg("connection restored")],
  object_created: ["objects", msg("object created")],
  object_deleted: ["objects", msg("object deleted")],
  installing_company_removed: ["objects", msg("installing company removed")],
  hub_added: ["objects", msg("hub added")],
  hub_removed: ["objects", msg("hub removed")],
  service_activated: ["services", msg("services activated")],
  deactivation_scheduled: ["services", msg("deactivation scheduled")],
  service_resumed: ["services", msg("services resumed")],
  service_stopped: ["services", msg("services stopped")],
  service_ended: ["services", msg("services ended")],
  sim_bound: ["services", msg("SIM bound")],
  carrier_order_placed: ["carrier", msg("order placed")],
  carrier_order_confirmed: ["carrier", msg("order confirmed")],
  orders_overtaken: ["carrier", msg("orders overtaken")],
  sim_suspended: ["carrier", msg("SIM suspended")],
  sim_reactivated: ["carrier", msg("SIM reactivated")],
  hub_armed: ["device", msg("armed or disarmed")],
  hub_configured: ["device", msg("configured")],
  configuration_transferred: ["device", msg("configuration transferred")],
  sims_observed: ["device", msg("SIM cards observed")],
  hub_reported_offline: ["device", msg("reported as offline")],
  hub_reported_online: ["device", msg("reported as online")],
  channel_loss_noticed: ["device", msg("channel missing")],
  channel_restored: ["device", msg("channel restored")],
  version_overtaken: ["device", msg("version overtaken")],
  device_forgotten: ["device", msg("device forgotten")],
  invoice_issued: ["money", msg("invoice issued")],
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
  deactivation_scheduled: "warn",
  connection_suspended: "warn",
  channel_loss_noticed: "warn",
  service_stopped: "bad",
  service_ended: "bad",
  hub_reported_offline: "bad",
  connection_rejected: "bad",
  sim_suspended: "bad",
  company_deleted: "bad",
  invoice_issued: "accent",
};

/** The service of a hub after a fact; undefined: the fact is not about it. */
const SERVICE_AFTER: Record<string, "active" | "expiring" | null> = {
  service_activated: "active",
  service_resumed: "active",
  deactivation_scheduled: "expiring",
  service_stopped: null,
  service_ended: null,
};

/** The tones of a confirmation, by its stage. */
const STAGE_TONES: Record<string, Tone> = { executed: "ok", refused: "bad", failed: "bad" };

const topicOf = (fact: string): Topic => FACTS[fact]?.[0] ?? "company";
const factText = (fact: string): string => t(FACTS[fact]?.[1] ?? fact.replaceAll("_", " "));
const toneOf = ({ fact, details }: HistoryRow): Tone => STAGE_TONES[String(details.stage)] ?? TONES[fact] ?? "plain";

/** The times in which the services of a hub were active or expiring, up to the instant at which they will end. */
export function serviceSpans(rows: readonly HistoryRow[]): TimelineSpan[] {
  const spans: TimelineSpan[] = [];
  for (const { at_ms, fact, details } of rows) {
    const after = SERVICE_AFTER[fact];
    if (after === undefined) continue;
    const last = spans.at(-1);
    if (last && (last.to_ms ?? Infinity) > at_ms) last.to_ms = at_ms;
    if (after === null) continue;
    const text = after === "active" ? t("Activated") : t("Expires soon");
    const end = after === "expiring" && typeof details.ends_at_ms === "number" ? details.ends_at_ms : null;
    spans.push({ from_ms: at_ms, to_ms: end, text, tone: after === "active" ? "ok" : "warn" });
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

/** The times in which the profile of a SIM at the carrier was active or cut off, by the orders that were executed. */
export function profileSpans(rows: readonly HistoryRow[]): TimelineSpan[] {
  const ordered = new Map<string, unknown>();
  const spans: TimelineSpan[] = [];
  for (const { at_ms, fact, details } of rows) {
    const order = `${details.iccid} ${details.sequence}`;
    if (fact === "carrier_order_placed") ordered.set(order, details.profile);
    if (fact !== "carrier_order_confirmed" || details.stage !== "executed" || !ordered.has(order)) continue;
    const active = ordered.get(order) === "active";
    const text = active ? t("SIM active") : t("SIM cut off");
    const last = spans.at(-1);
    if (last?.text === text) continue;
    if (last) last.to_ms = at_ms;
    spans.push({ from_ms: at_ms, to_ms: null, text, tone: active ? "ok" : "bad" });
  }
  return spans;
}

/** One track for each topic with a fact. Services and the hub have bars of their states. */
export function topicTracks(rows: readonly HistoryRow[], nameOf: (person: string) => string): TimelineTrack[] {
  const topics = Object.keys(TOPIC_TEXTS) as Topic[];
  const facts = new Map<Topic, TimelineFact[]>(topics.map((topic) => [topic, []]));
  rows.forEach((row, id) => facts.get(topicOf(row.fact))?.push(factOf(row, id, nameOf)));
  return topics
    .filter((topic) => facts.get(topic)?.length)
    .map((topic) => ({ id: topic, name: TOPIC_TEXTS[topic](), facts: facts.get(topic) ?? [], spans: [] }));
}

/** The tracks of one hub: its topics, with bars of its services, its profile and its absences. */
export function hubTracks(rows: readonly HistoryRow[], nameOf: (person: string) => string): TimelineTrack[] {
  const spans: Record<string, TimelineSpan[]> = {
    services: serviceSpans(rows),
    carrier: profileSpans(rows),
    device: offlineSpans(rows),
  };
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
  return { id, at_ms: row.at_ms, text: factText(row.fact), tone: toneOf(row), details: { ...by, ...row.details } };
}
