// The code of the pages. The code of a page is loaded when the page is shown for the first time, or a little after the
// first page, so that a change of the page needs no request.
import type { Component } from "svelte";

import { isOtherBuild } from "./build";
import { pages, type PageEntry } from "./pages";

const INDEX = "/console/";
/** The other pages are loaded this long after the first one, in ms. */
const OTHERS_AFTER_MS = 1_000;

class PageCode {
  #components = $state.raw<Readonly<Record<string, Component>>>({});
  #failed = $state<string | null>(null);

  /** The component of a page; undefined: its code is not loaded yet. */
  of(page: PageEntry): Component | undefined {
    return this.#components[page.id];
  }

  /** Whether the code of a page could not be loaded. */
  hasFailed(page: PageEntry): boolean {
    return this.#failed === page.id;
  }

  /**
   * Load the code of a page. A server with a newer build no longer has the files of this one: then the browser loads
   * the console again, at the same address.
   */
  async load(page: PageEntry): Promise<void> {
    this.#failed = null;
    try {
      await this.#add(page);
      setTimeout(() => void this.#loadOthers(), OTHERS_AFTER_MS);
    } catch {
      if (isOtherBuild((await readIndex()) ?? "", ownScript())) location.reload();
      else this.#failed = page.id;
    }
  }

  /** Load the whole console again after a failure, if the server answers. */
  async again(): Promise<void> {
    if (this.#failed !== null && (await readIndex()) !== null) location.reload();
  }

  async #add(page: PageEntry): Promise<void> {
    const { default: component } = await page.load();
    if (this.#components[page.id] !== component) this.#components = { ...this.#components, [page.id]: component };
  }

  async #loadOthers(): Promise<void> {
    for (const page of pages()) {
      if (this.of(page) === undefined) await this.#add(page).catch(() => {}); // it is loaded again when it is shown
    }
  }
}

/** The index that the server has now; null: the server is away. */
async function readIndex(): Promise<string | null> {
  const response = await fetch(INDEX, { cache: "no-store" }).catch(() => null);
  return response?.ok ? response.text() : null;
}

function ownScript(): string {
  return document.querySelector<HTMLScriptElement>('script[type="module"]')?.src ?? "";
}

export const pageCode = new PageCode();
