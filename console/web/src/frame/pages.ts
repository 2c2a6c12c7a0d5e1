// The pages of the console: name, icon, component.
import type { Component } from "svelte";

import Demo from "../pages/demo/index.svelte";
import Fleet from "../pages/fleet/index.svelte";
import Hub from "../pages/hub/index.svelte";
import Inside from "../pages/inside/index.svelte";
import Pro from "../pages/pro/index.svelte";
import Scenarios from "../pages/scenarios/index.svelte";
import { server } from "../state/server.svelte";
import { msg } from "../words/index.svelte";
import type { GlyphName } from "./Glyph.svelte";

export interface PageEntry {
  id: string;
  title: string;
  glyph: GlyphName;
  component: Component;
  /** Whether the page works on a server without the lab. */
  withoutLab: boolean;
}

const PAGES: readonly PageEntry[] = [
  { id: "demo", title: msg("Demo"), glyph: "demo", component: Demo, withoutLab: false },
  { id: "pro", title: msg("PRO Desktop"), glyph: "desktop", component: Pro, withoutLab: true },
  { id: "app", title: msg("PRO app"), glyph: "phone", component: Pro, withoutLab: true },
  { id: "hub", title: msg("Hub"), glyph: "hub", component: Hub, withoutLab: false },
  { id: "inside", title: msg("Inside"), glyph: "inside", component: Inside, withoutLab: false },
  { id: "fleet", title: msg("Fleet"), glyph: "fleet", component: Fleet, withoutLab: false },
  { id: "scenarios", title: msg("Scenarios"), glyph: "scenarios", component: Scenarios, withoutLab: false },
];

/** The pages that this server has. */
export function pages(): PageEntry[] {
  return PAGES.filter(({ withoutLab }) => server.config.lab || withoutLab);
}
