// What a message is about, in a few words: the label of its row in a sequence diagram. Pure.
import { t } from "../words/index.svelte";
import { wireText } from "./wire-words";

/** The subject of a topic (a hub id or an ICCID) and the kind of its messages. Both are empty for a foreign topic. */
export function readTopic(topic: string): { subject: string; kind: string } {
  const [branch = "", middle = "", last = ""] = ["", "", "", ...topic.split("/")].slice(-3);
  if (branch === "hubs") return { subject: middle, kind: last };
  if (middle === "cloud" && last === "presence") return { subject: "", kind: "cloud_presence" };
  return branch === "carrier" ? { subject: last, kind: middle } : { subject: "", kind: "" };
}

type Content = Record<string, unknown>;

const LABELS: Record<string, (content: Content) => string> = {
  desired: (content) => `v${wireText(content.version)}, ${wireText(content.service)}`,
  reported: (content) => `v${wireText(content.applied_version)}, ${wireText(content.service)}`,
  presence: (content) => (content.online ? t("online") : t("offline")),
  cloud_presence: (content) => (content.online ? t("online") : t("offline")),
  heard: (content) => t("report {number}", { number: wireText(content.sequence) }),
  events: (content) => wireText(content.kind),
  orders: (content) => `${wireText(content.sequence)}, ${wireText(content.profile)}`,
  confirmations: (content) => `${wireText(content.sequence)}, ${wireText(content.stage)}`,
};

/** A short description of a message. `payload` is decoded JSON; anything but an object is unreadable. */
export function messageLabel(topic: string, payload: unknown, empty = false): string {
  const { subject, kind } = readTopic(topic);
  const name = wireText(kind) || topic;
  if (empty) return `${name}: ${t("cleared")}`;
  if (typeof payload !== "object" || payload === null || Array.isArray(payload)) return `${name}: ${t("unreadable")}`;
  const about = kind === "orders" || kind === "confirmations" ? ` (${t("card")} …${subject.slice(-4)})` : "";
  return `${name} ${LABELS[kind]?.(payload as Content) ?? ""}${about}`.trim();
}
