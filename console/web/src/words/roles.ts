// The names of the closed sets of the API that several pages show.
import { msg } from "./index.svelte";

export const ROLES: Record<string, string> = {
  owner: msg("Company owner"),
  senior_service_manager: msg("Senior service manager"),
  service_manager: msg("Service manager"),
  installer: msg("Installer"),
};
