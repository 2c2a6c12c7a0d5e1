// The words of the Inside pages for names of the lab: timers, cards and reasons. Names of the wire: parts/wire-words.
import { hubs } from "../../state/hubs.svelte";
import { msg, t } from "../../words/index.svelte";

const TIMERS: Record<string, string> = {
  service_end: msg("The services end with the month"),
  invoice: msg("The month is invoiced"),
  offline_notice: msg("The company is notified that the hub is offline"),
  channel_loss_notice: msg("The company is notified that a channel is missing"),
  document_repeat: msg("The desired document is sent again"),
  document_after_cut: msg("The document no longer waits for the cut of the SIM"),
  order_repeat: msg("The order is sent to the carrier again"),
  order_renewal: msg("The profile is ordered again"),
  postponed_message: msg("A postponed message is taken"),
  cloud_connection: msg("The cloud connects to the broker, or gives up its connection"),
  order_execution: msg("The carrier executes the order"),
  session_end: msg("The network gives up a modem that it cannot reach"),
  commissioning_end: msg("A new card no longer works without an order"),
  data_month: msg("The carrier counts the data of the card again"),
  carrier_connection: msg("The carrier connects to the broker, or confirms again"),
  hub_hardware: msg("The hardware continues: boot, attach attempt, LED"),
  hub_network: msg("Messages pass a slow channel, or a stalled connection dies"),
  hub_connection: msg("The program of the hub connects again"),
  hub_program: msg("The program of the hub sends something, or asks for the cloud"),
  delayed_message: msg("A message arrives that a fault has held back"),
};

const CARD_WORDS: Record<string, string> = {
  ajax: msg("Ajax SIM"),
  ordinary: msg("ordinary SIM"),
  healthy: msg("healthy"),
  locked: msg("locked"),
  broken: msg("broken"),
  active: msg("active"),
  inactive: msg("inactive"),
  open: msg("open"),
  throttled: msg("throttled"),
  blocked: msg("blocked"),
};

const REASONS: Record<string, string> = {
  not_allowed: msg("the contract does not allow it"),
  card_unknown: msg("the carrier does not know the card"),
  platform_error: msg("the systems of the carrier have failed"),
  unpaid: msg("an invoice was not paid"),
  abuse: msg("unusual use of the card"),
};

export const timerText = (kind: string): string => t(TIMERS[kind] ?? kind.replaceAll("_", " "));
export const cardWord = (word: string): string => t(CARD_WORDS[word] ?? word);
export const reasonText = (reason: string): string => t(REASONS[reason] ?? reason.replaceAll("_", " "));

/** The name of a hub, or its id while it has none. */
export function hubName(hub: string): string {
  return hubs.get(hub)?.name ?? hub;
}

/** A party of the wire: a hub by name, the others as they are called. */
export function partyText(who: string): string {
  if (who === "cloud") return t("cloud");
  if (who === "carrier") return t("carrier");
  return who === "broker" ? t("broker") : hubName(who);
}
