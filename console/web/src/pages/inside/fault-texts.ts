// The words for faults and the fields of their forms. A fault or a field that is new in the server has the words of
// its type until it has some here.
import { msg, t } from "../../words/index.svelte";
import { kindChoice, wireText, words } from "../../parts/wire-words";
import { reasonText } from "./inside-texts";

interface FaultText {
  title: string;
  about: string;
  group: FaultGroup;
}
export type FaultGroup = "messages" | "connections" | "carrier" | "other";

const FAULTS: Record<string, FaultText> = {
  drop: {
    title: msg("Drop messages"),
    about: msg("The messages never reach their receiver, although sender and broker take them as delivered."),
    group: "messages",
  },
  duplicate: { title: msg("Duplicate messages"), about: msg("The messages arrive twice."), group: "messages" },
  delay: { title: msg("Delay messages"), about: msg("The messages arrive later, in world time."), group: "messages" },
  reorder: {
    title: msg("Reorder messages"),
    about: msg("Each message arrives after the one that follows it on its topic, or 10 s later."),
    group: "messages",
  },
  replay: {
    title: msg("Replay an old message"),
    about: msg("An old retained message is published again, as by a broker from an old backup."),
    group: "messages",
  },
  inject: {
    title: msg("Inject a message"),
    about: msg("A third party publishes a text on a topic of the hub."),
    group: "messages",
  },
  cut: {
    title: msg("Cut a hub's connection"),
    about: msg("The MQTT connection of the hub ends without a DISCONNECT."),
    group: "connections",
  },
  cut_process: {
    title: msg("Cut a connection of cloud or carrier"),
    about: msg("The MQTT connection of cloud or carrier ends without a DISCONNECT."),
    group: "connections",
  },
  stop_process: {
    title: msg("Stop a process"),
    about: msg("Broker, cloud or carrier is killed until it is started again."),
    group: "connections",
  },
  start_process: {
    title: msg("Start a process"),
    about: msg("A stopped process starts again with its durable data."),
    group: "connections",
  },
  restart_process: {
    title: msg("Restart a process"),
    about: msg("Broker, cloud or carrier is killed and starts again at once."),
    group: "connections",
  },
  refuse_orders: {
    title: msg("Refuse orders"),
    about: msg("The carrier refuses the next orders for the card of the hub."),
    group: "carrier",
  },
  fail_orders: {
    title: msg("Fail orders"),
    about: msg("The carrier accepts the next orders for the card, and fails when it should execute them."),
    group: "carrier",
  },
  suspend_sim: {
    title: msg("Suspend a SIM"),
    about: msg("The carrier suspends the card by itself and informs the cloud."),
    group: "carrier",
  },
  reactivate_sim: {
    title: msg("Reactivate a SIM"),
    about: msg("The carrier ends the suspension of the card and informs the cloud."),
    group: "carrier",
  },
};

export const GROUPS: readonly FaultGroup[] = ["messages", "connections", "carrier", "other"];
const GROUP_TEXTS: Record<FaultGroup, string> = {
  messages: msg("Messages"),
  connections: msg("Connections and processes"),
  carrier: msg("Carrier"),
  other: msg("Other"),
};

const FIELDS: Record<string, string> = {
  message: msg("Kind of message"),
  hub: msg("Hub"),
  count: msg("How many"),
  by: msg("Delay in seconds"),
  process: msg("Process"),
  reason: msg("Reason"),
  back: msg("How far back (1 is the message before the newest one)"),
  payload: msg("Payload"),
  retain: msg("Retained"),
  repeat: msg("Repeat the text"),
};

export const faultTitle = (fault: string): string => t(FAULTS[fault]?.title ?? words(fault));
export const faultGroup = (fault: string): FaultGroup => FAULTS[fault]?.group ?? "other";
export const groupText = (group: FaultGroup): string => t(GROUP_TEXTS[group]);
export const fieldText = (field: string): string => t(FIELDS[field] ?? words(field));

/** What a fault does; `english` is the description of its type. */
export function faultAbout(fault: string, english: string): string {
  return t(FAULTS[fault]?.about ?? english);
}

/** A choice of a field, in words. */
export function choiceText(field: string, choice: string): string {
  if (field === "reason") return reasonText(choice);
  return field === "message" ? kindChoice(choice) : words(choice);
}

/** An armed fault in one line, without its hub: `Delay messages: events, 2 times, 5 s`. */
export function faultText({ fault, hub: _, ...fields }: { fault: string; [field: string]: unknown }): string {
  const details = Object.entries(fields)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => (name === "by" ? `${Number(value) / 1000} s` : name === "count" ? `${value}×` : wireText(value)));
  return [faultTitle(fault), details.join(", ")].filter(Boolean).join(": ");
}
