// The history of a hub as tracks of a timeline: its service, its SIM at the carrier, its reach, and other facts.
import { t } from "../words/index.svelte";
import type { TimelineFact, TimelineSpan, TimelineTrack, Tone } from "./timeline";

/** A fact of the history, as in `GET /v1/hubs/{hub}/history`. */
export interface HistoryFact {
  at_ms: number;
  by: string;
  fact: string;
  details: Record<string, unknown>;
}

type State = { text: string; tone: Tone } | null;

const words = (name: string): string => name.replaceAll("_", " ");

const TONES: Record<string, Tone> = {
  service_activated: "ok", service_resumed: "ok", deactivation_scheduled: "warn", service_stopped: "bad",
  service_ended: "bad", hub_reported_offline: "bad", hub_reported_online: "ok", channel_loss_noticed: "warn",
  channel_restored: "ok", carrier_order_placed: "accent", carrier_order_confirmed: "accent",
};

/** The state of the service after a fact; undefined: the fact does not change it. */
function serviceAfter(fact: string): State | undefined {
  switch (fact) {
    case "service_activated": case "service_resumed": return { text: t("Activated"), tone: "ok" };
    case "deactivation_scheduled": return { text: t("Expires soon"), tone: "warn" };
    case "service_stopped": case "service_ended": return { text: t("Activation required"), tone: "plain" };
    case "hub_removed": return null;
    default: return undefined;
  }
}

function reachAfter(fact: string): State | undefined {
  if (fact === "hub_reported_offline") return { text: t("offline"), tone: "bad" };
  return fact === "hub_reported_online" ? null : undefined;
}

/** The profile at the carrier after each confirmation that an order was executed. */
function profiles(): (fact: HistoryFact) => State | undefined {
  const ordered = new Map<string, unknown>();
  return ({ fact, details }) => {
    const order = `${details.iccid} ${details.sequence}`;
    if (fact === "carrier_order_placed") ordered.set(order, details.profile);
    if (fact !== "carrier_order_confirmed" || details.stage !== "executed") return undefined;
    return ordered.get(order) === "active"
      ? { text: t("SIM active"), tone: "ok" }
      : { text: t("SIM cut off"), tone: "bad" };
  };
}

function spansOf(facts: readonly HistoryFact[], after: (fact: HistoryFact) => State | undefined): TimelineSpan[] {
  const spans: TimelineSpan[] = [];
  let open: TimelineSpan | null = null;
  for (const fact of facts) {
    const state = after(fact);
    if (state === undefined || (state && open?.text === state.text)) continue;
    if (open) open.to_ms = fact.at_ms;
    open = state && { from_ms: fact.at_ms, to_ms: null, ...state };
    if (open) spans.push(open);
  }
  return spans;
}

/** The service: an expiring one is drawn up to the instant at which it will end. */
function serviceSpans(facts: readonly HistoryFact[]): TimelineSpan[] {
  const spans = spansOf(facts, ({ fact }) => serviceAfter(fact));
  const last = spans.at(-1);
  const scheduled = facts.findLast(({ fact }) => SERVICE.has(fact));
  const end = scheduled?.fact === "deactivation_scheduled" ? scheduled.details.ends_at_ms : null;
  if (last && last.to_ms === null && typeof end === "number") last.to_ms = end;
  return spans;
}

const SERVICE = new Set(["service_activated", "service_resumed", "deactivation_scheduled", "service_stopped", "service_ended"]);
const REACH = new Set(["hub_reported_offline", "hub_reported_online", "channel_loss_noticed", "channel_restored"]);

/** The track of a fact. */
function trackOf(fact: string): "service" | "sim" | "reach" | "other" {
  if (SERVICE.has(fact)) return "service";
  if (fact.startsWith("carrier_") || fact.startsWith("sim")) return "sim";
  return REACH.has(fact) ? "reach" : "other";
}

/** The tracks of a history, which is in its order. `nameOf` gives the name of a person for an id. */
export function historyTracks(facts: readonly HistoryFact[], nameOf: (person: string) => string = (id) => id): TimelineTrack[] {
  const marks = facts.map(({ at_ms, by, fact, details }, id) => ({
    track: trackOf(fact),
    mark: {
      id, at_ms, text: words(fact), tone: TONES[fact] ?? "plain",
      details: { ...(by ? { by: nameOf(by) } : {}), ...details },
    } satisfies TimelineFact,
  }));
  const of = (track: string): TimelineFact[] => marks.filter((each) => each.track === track).map(({ mark }) => mark);
  return [
    { id: "service", name: t("Service"), spans: serviceSpans(facts), facts: of("service") },
    { id: "sim", name: t("SIM at the carrier"), spans: spansOf(facts, profiles()), facts: of("sim") },
    { id: "reach", name: t("Reach"), spans: spansOf(facts, ({ fact }) => reachAfter(fact)), facts: of("reach") },
    { id: "other", name: t("Other facts"), spans: [], facts: of("other") },
  ];
}
