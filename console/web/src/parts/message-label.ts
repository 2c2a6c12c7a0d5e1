// What a message is about, in a few words: the label of its row in a sequence diagram. Pure.
import { t } from "../words/index.svelte";

/** The subject of a topic (a hub id or an ICCID) and the kind of its messages. Both are empty for a foreign topic. */
export function readTopic(topic: string): { subject: string; kind: string } {
  const [branch = "", middle = "", last = ""] = ["", "", "", ...topic.split("/")].slice(-3);
  if (branch === "hubs") return { subject: middle, kind: last };
  if (middle === "cloud" && last === "presence") return { subject: "", kind: "cloud_presence" };
  return branch === "carrier" ? { subject: last, kind: middle } : { subject: "", kind: "" };
}

/** A name of the wire as words. */
export const words = (name: unknown): string => String(name ?? "").replaceAll("_", " ");
type Content = Record<string, unknown>;

const LABELS: Record<string, (content: Content) => string> = {
  desired: (content) => `v${words(content.version)}, ${words(content.service)}`,
  reported: (content) => `v${words(content.applied_version)}, ${words(content.service)}`,
  presence: (content) => (content.online ? t("online") : t("offline")),
  cloud_presence: (content) => (content.online ? t("online") : t("offline")),
  heard: (content) => t("report {number}", { number: words(content.sequence) }),
  events: (content) => words(content.kind),
  orders: (content) => `${words(content.sequence)}, ${words(content.profile)}`,
  confirmations: (content) => `${words(content.sequence)}, ${words(content.stage)}`,
};

/** A short description of a message. `payload` is decoded JSON; anything but an object is unreadable. */
export function messageLabel(topic: string, payload: unknown, empty = false): string {
  const { subject, kind } = readTopic(topic);
  const name = words(kind) || topic;
  if (empty) return `${name}: ${t("cleared")}`;
  if (typeof payload !== "object" || payload === null || Array.isArray(payload)) return `${name}: ${t("unreadable")}`;
  const about = kind === "orders" || kind === "confirmations" ? ` (${t("card")} …${subject.slice(-4)})` : "";
  return `${name} ${LABELS[kind]?.(payload as Content) ?? ""}${about}`.trim();
}
