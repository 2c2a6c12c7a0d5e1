// What a history shows of a fact.
import { t, when } from "../../../words/index.svelte";
import { world } from "../../../state/world.svelte";
import { roleName } from "../../../words/roles";
import { money } from "./names";

const FACTS: Record<string, () => string> = {
  person_signed_up: () => t("Personal account created"),
  company_created: () => t("Company created"),
  company_deleted: () => t("Company deleted"),
  dealer_enrolled: () => t("Company registered as a Dealer"),
  billing_zone_set: () => t("Billing zone changed"),
  employee_added: () => t("Employee added and invited"),
  employee_joined: () => t("Employee joined"),
  employee_role_changed: () => t("Role of an employee changed"),
  employee_removed: () => t("Employee removed"),
  mail_sent: () => t("E-mail sent"),
  reseller_appointed: () => t("Company appointed as a Reseller"),
  connection_requested: () => t("Connection requested"),
  invitation_claimed: () => t("Invitation accepted by a new Reseller"),
  connection_approved: () => t("Connection approved"),
  connection_rejected: () => t("Request rejected"),
  connection_suspended: () => t("Connection suspended"),
  connection_restored: () => t("Connection restored"),
  country_services_set: () => t("Services in the country changed"),
  object_created: () => t("Object created"),
  object_deleted: () => t("Object deleted"),
  installing_company_removed: () => t("Installing company removed"),
  hub_added: () => t("Hub added"),
  hub_removed: () => t("Hub removed"),
  hub_armed: () => t("Hub armed or disarmed"),
  hub_configured: () => t("Hub configured"),
  configuration_transferred: () => t("Configuration transferred"),
  sims_observed: () => t("SIM cards in the hub changed"),
  hub_reported_offline: () => t("Hub is offline"),
  hub_reported_online: () => t("Hub is online again"),
  channel_loss_noticed: () => t("A channel is lost"),
  channel_restored: () => t("A channel is back"),
  version_overtaken: () => t("Version of the hub was ahead"),
  device_forgotten: () => t("Messages of the hub forgotten"),
  service_activated: () => t("Services activated"),
  deactivation_scheduled: () => t("Services will expire soon"),
  service_resumed: () => t("Services resumed"),
  service_stopped: () => t("Services stopped"),
  service_ended: () => t("Services ended"),
  sim_bound: () => t("Services moved to another Ajax SIM"),
  carrier_order_placed: () => t("Order sent to the carrier"),
  carrier_order_confirmed: () => t("Order confirmed by the carrier"),
  sim_suspended: () => t("SIM suspended by the carrier"),
  sim_reactivated: () => t("SIM reactivated by the carrier"),
  orders_overtaken: () => t("Orders of the carrier were ahead"),
  invoice_issued: () => t("Invoice issued"),
};

/** The fact as words; a fact that this page does not know by its name. */
export function factName(fact: string): string {
  return FACTS[fact]?.() ?? fact;
}

/** The values of a fact in one line. */
export function detailsOf(details: Record<string, unknown>, nameOf: (id: string) => string): string {
  return Object.entries(details)
    .map(([name, value]) => valueText(name, typeof value === "string" ? nameOf(value) : value, details))
    .filter(Boolean)
    .join(" · ");
}

function valueText(name: string, value: unknown, details: Record<string, unknown>): string {
  if (value === null || value === "") return "";
  if (name === "role") return roleName(String(value));
  if (name.endsWith("_at_ms")) return when(value as number, world.zone);
  if (name === "total_cents") return money(value as number, String(details.currency));
  if (Array.isArray(value)) return value.map((one) => valueText("", one, {})).join(", ");
  if (typeof value === "object") return Object.values(value as object).filter((one) => one !== null).join(" ");
  if (name === "currency") return "";
  return name.endsWith("_s") || name.endsWith("_min") || typeof value === "boolean" ? `${name}: ${value}` : String(value);
}
