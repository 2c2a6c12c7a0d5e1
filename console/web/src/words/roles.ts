// The names of the roles in a company.
import { msg, t } from "./index.svelte";

const ROLES: Record<string, string> = {
  owner: msg("Company owner"),
  senior_service_manager: msg("Senior service manager"),
  service_manager: msg("Service manager"),
  installer: msg("Installer"),
};

export function roleName(role: string): string {
  return t(ROLES[role] ?? role);
}
