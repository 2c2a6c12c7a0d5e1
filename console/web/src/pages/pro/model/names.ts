// The words of the guide for what the cloud names: tiles, roles, states of a connection, mails, models.
import type { components } from "../../../api/schema";
import { t, words } from "../../../words/index.svelte";
import { roleName } from "../../../words/roles";

type Schemas = components["schemas"];

/** A text that the cloud has in both languages. */
export function say(text: Schemas["UiText"]): string {
  return text[words.language];
}

const TABS: Record<Schemas["NavigationView"]["tabs"][number], () => string> = {
  objects: () => t("Objects"),
  company: () => t("Company"),
  services: () => t("Services"),
};

export function tabName(tab: keyof typeof TABS): string {
  return TABS[tab]();
}

const TILES: Record<Exclude<Schemas["Tile"], "none">, () => string> = {
  activation_required: () => t("Activation required"),
  activated: () => t("Activated"),
  expires_soon: () => t("Expires soon"),
};

export function tileName(tile: Schemas["Tile"]): string {
  return tile === "none" ? "" : TILES[tile]();
}

export function secondTileName(): string {
  return t("Access to some features may expire if they are not activated");
}

export const EMPLOYEE_ROLES = ["senior_service_manager", "service_manager", "installer"] as const;

const CONNECTIONS: Record<Schemas["ConnectionState"], () => string> = {
  invited: () => t("Invited by e-mail"),
  requested: () => t("Request sent"),
  approved: () => t("Approved"),
  rejected: () => t("Rejected"),
  suspended: () => t("Suspended"),
};

export function connectionName(state: Schemas["ConnectionState"]): string {
  return CONNECTIONS[state]();
}

/** The tone of a state: `ok`, `warn` or `bad`. */
export const CONNECTION_TONES: Record<Schemas["ConnectionState"], "ok" | "warn" | "bad"> = {
  invited: "warn",
  requested: "warn",
  approved: "ok",
  rejected: "bad",
  suspended: "bad",
};

const MAILS: Record<Schemas["MailKind"], (company: string) => string> = {
  employee_invitation: (company) => t("{company} invites you to join the company", { company }),
  connection_request: (company) => t("{company} asks you for a connection", { company }),
  reseller_invitation: (company) => t("{company} invites you to become its Reseller", { company }),
  invitation_claimed: (company) => t("{company} has received your request", { company }),
  connection_approved: (company) => t("{company} has approved the connection", { company }),
  connection_rejected: (company) => t("{company} has rejected the request", { company }),
  connection_suspended: (company) => t("{company} has suspended the connection", { company }),
  connection_restored: (company) => t("{company} has restored the connection", { company }),
  company_deleted: (company) => t("{company} was deleted", { company }),
  desktop_build: () => t("Your build of PRO Desktop with Ajax Services"),
};

export function mailSubject(mail: Schemas["MailRow"]): string {
  return MAILS[mail.kind](mail.company_name ?? "");
}

/** What a person does after a mail. */
export function mailText(mail: Schemas["MailRow"]): string {
  switch (mail.kind) {
    case "employee_invitation":
      return t("Your role is {role}. Choose the company in the account switcher at the upper right to act for it.", {
        role: roleName(mail.detail),
      });
    case "connection_request":
      return t("Answer it in Services, Your dealers, Requests.");
    case "reseller_invitation":
      return t("The operator of the service appoints Resellers.");
    case "connection_approved":
      return t("You can activate Ajax Services with this Reseller now.");
    case "connection_suspended":
      return t("Running services continue; new ones cannot be activated with this Reseller.");
    default:
      return "";
  }
}

export function countryName(code: string): string {
  return new Intl.DisplayNames(words.locale, { type: "region" }).of(code) ?? code;
}

export function money(cents: number, currency: string): string {
  return new Intl.NumberFormat(words.locale, { style: "currency", currency }).format(cents / 100);
}

/** A month such as `2026-01`, as words. */
export function monthName(month: string): string {
  const [year, number] = month.split("-").map(Number);
  const begin = Date.UTC(year ?? 1970, (number ?? 1) - 1);
  return new Intl.DateTimeFormat(words.locale, { month: "long", year: "numeric", timeZone: "UTC" }).format(begin);
}

/** A day in a time zone. */
export function day(ms: number, zone: string): string {
  return new Intl.DateTimeFormat(words.locale, { dateStyle: "long", timeZone: zone }).format(ms);
}
