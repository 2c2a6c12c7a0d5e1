// The colours of the report: those of the system until the reader changes them; on paper they are always light (vite.report.config.ts).
class Theme {
  #chosen = $state<"light" | "dark" | null>(null);
  #system = $state<"light" | "dark">("light");
  readonly name = $derived(this.#chosen ?? this.#system);

  constructor() {
    const dark = matchMedia("(prefers-color-scheme: dark)");
    const read = () => (this.#system = dark.matches ? "dark" : "light");
    dark.addEventListener("change", () => {
      this.#chosen = null;
      read();
    });
    read();
  }

  toggle(): void {
    this.#chosen = this.name === "dark" ? "light" : "dark";
  }

  /** Show it; called in an effect. */
  show(): void {
    document.documentElement.dataset.theme = this.name;
  }
}

export const theme = new Theme();
