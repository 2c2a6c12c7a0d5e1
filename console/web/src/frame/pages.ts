// The pages of the console: name, icon, code.
import type { Component } from "svelte";

import { server } from "../state/server.svelte";
import { msg } from "../words/index.svelte";
import type { GlyphName } from "./Glyph.svelte";

export interface PageEntry {
  id: string;
  title: string;
  glyph: GlyphName;
  /** Load the code of the page. */
  load: () => Promise<{ default: Component }>;
  /** Whether the page works on a server without the lab. */
  withoutLab: boolean;
}

const loadPro = (): Promise<{ default: Component }> => import("../pages/pro/index.svelte");

const PAGES: readonly PageEntry[] = [
  { id: "demo", title: msg("Demo"), glyph: "demo", load: () => import("../pages/demo/index.svelte"), withoutLab: false },
  { id: "pro", title: msg("PRO Desktop"), glyph: "desktop", load: loadPro, withoutLab: true },
  { id: "app", title: msg("PRO app"), glyph: "phone", load: loadPro, withoutLab: true },
  { id: "hub", title: msg("Hub"), glyph: "hub", load: () => import("../pages/hub/index.svelte"), withoutLab: false },
  { id: "inside", title: msg("Inside"), glyph: "inside", load: () => import("../pages/inside/index.svelte"), withoutLab: false },
  { id: "fleet", title: msg("Fleet"), glyph: "fleet", load: () => import("../pages/fleet/index.svelte"), withoutLab: false },
  { id: "scenarios", title: msg("Scenarios"), glyph: "scenarios", load: () => import("../pages/scenarios/index.svelte"), withoutLab: false },
];

/** The pages that this server has. */
export function pages(): PageEntry[] {
  return PAGES.filter(({ withoutLab }) => server.config.lab || withoutLab);
}

/** Whether the first part of an address names a page, also one that this server does not have; an empty address does. */
export function isPage(id: string | undefined): boolean {
  return !id || PAGES.some((page) => page.id === id);
}
