// What a user chooses for the whole console: language, theme, presenter mode. The address has them, so that a link
// shows the same; the browser keeps them for addresses without.
import { words, type Language } from "../words/index.svelte";
import { route } from "./route.svelte";
import { server } from "./server.svelte";

export type Theme = "light" | "dark";

const LANGUAGES: readonly Language[] = ["en", "pl"];
const PREFIX = "hubsim.";

function kept(name: string): string | null {
  try {
    return localStorage.getItem(PREFIX + name);
  } catch {
    return null; // the browser refuses storage
  }
}

function keep(name: string, value: string): void {
  try {
    localStorage.setItem(PREFIX + name, value);
  } catch {
    // the browser refuses storage; the address has the value
  }
}

function isLanguage(text: string | null | undefined): text is Language {
  return LANGUAGES.includes(text as Language);
}

const dark = matchMedia("(prefers-color-scheme: dark)");
const still = matchMedia("(prefers-reduced-motion: reduce)");

class Preferences {
  #systemDark = $state(dark.matches);
  #systemStill = $state(still.matches);
  readonly #kept = { language: kept("language"), theme: kept("theme"), large: kept("large") };

  constructor() {
    dark.addEventListener("change", () => (this.#systemDark = dark.matches));
    still.addEventListener("change", () => (this.#systemStill = still.matches));
  }

  get language(): Language {
    for (const one of [route.query.lang, this.#kept.language, server.config.language, navigator.language.slice(0, 2)])
      if (isLanguage(one)) return one;
    return "en";
  }

  get theme(): Theme {
    const chosen = route.query.theme ?? this.#kept.theme;
    if (chosen === "light" || chosen === "dark") return chosen;
    return this.#systemDark ? "dark" : "light";
  }

  /** Presenter mode: large type, readable from the last row. */
  get large(): boolean {
    return (route.query.large ?? this.#kept.large) === "1";
  }

  /** Whether the user asks the system for less motion. */
  get still(): boolean {
    return this.#systemStill;
  }

  set language(value: Language) {
    keep("language", value);
    route.set({ lang: value });
  }

  set theme(value: Theme) {
    keep("theme", value);
    route.set({ theme: value });
  }

  set large(value: boolean) {
    keep("large", value ? "1" : "0");
    route.set({ large: value ? "1" : "0" });
  }

  /** Change to the other language. */
  turnLanguage(): void {
    this.language = this.language === "pl" ? "en" : "pl";
  }

  /** Apply all to the document; called in an effect of the frame. */
  apply(): void {
    words.language = this.language;
    const root = document.documentElement;
    root.lang = this.language;
    root.dataset.theme = this.theme;
    root.dataset.large = this.large ? "1" : "0";
  }
}

export const preferences = new Preferences();
