// The words for what a hub reports of its hardware, and for the profile at the carrier.
import type { components } from "../../../api/schema";
import { t } from "../../../words/index.svelte";

type Schemas = components["schemas"];

const CHANNELS: Record<Schemas["Channel"], () => string> = {
  cellular: () => t("cellular"),
  ethernet: () => t("Ethernet"),
  wifi: () => t("Wi-Fi"),
};

export function channelName(channel: Schemas["Channel"]): string {
  return CHANNELS[channel]();
}

const REGISTRATIONS: Record<Schemas["Registration"], () => string> = {
  home: () => t("registered, home network"),
  roaming: () => t("registered, roaming"),
  searching: () => t("searching"),
  denied: () => t("registration denied"),
  not_registered: () => t("not registered"),
  unknown: () => t("unknown"),
};

export function registrationName(registration: Schemas["Registration"], generation: string | null): string {
  const name = REGISTRATIONS[registration]();
  return generation === null ? name : `${generation} · ${name}`;
}

const SIGNALS: Record<Schemas["Signal"], () => string> = {
  no_signal: () => t("no signal"),
  weak: () => t("weak"),
  normal: () => t("normal"),
  strong: () => t("strong"),
};

export function signalName(signal: Schemas["Signal"]): string {
  return SIGNALS[signal]();
}

const CARDS: Record<Schemas["SimCard"], () => string> = {
  ok: () => t("card works"),
  missing: () => t("empty"),
  malfunction: () => t("card cannot be read"),
  locked: () => t("card needs its PIN"),
  unknown: () => t("not read yet"),
};

export function cardName(card: Schemas["SimCard"]): string {
  return CARDS[card]();
}

const PROFILES: Record<Schemas["ProfileState"], () => string> = {
  none: () => t("none"),
  activating: () => t("activation ordered"),
  active: () => t("active"),
  activation_failed: () => t("activation failed, ordered again later"),
  cutting: () => t("cut-off ordered"),
  inactive: () => t("cut off"),
  cut_failed: () => t("cut-off failed, ordered again later"),
  suspended: () => t("suspended by the carrier"),
};

export function profileName(profile: Schemas["ProfileState"]): string {
  return PROFILES[profile]();
}
