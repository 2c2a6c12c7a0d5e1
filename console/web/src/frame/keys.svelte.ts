// The keyboard of the console. Every shortcut is registered here, so that the help lists all of them.
import { untrack } from "svelte";

export interface Shortcut {
  /** As in `KeyboardEvent.key`; `Control+k` for the combination. */
  key: string;
  /** What it does, in the user's language. */
  name: () => string;
  run: () => void;
}

const STORE = "hubsim.single-keys";

class Keys {
  list = $state<Shortcut[]>([]);
  /** Whether shortcuts of a single key work: people who dictate text turn them off. */
  single = $state(localStorage.getItem(STORE) !== "0");

  setSingle(on: boolean): void {
    this.single = on;
    localStorage.setItem(STORE, on ? "1" : "0");
  }

  /** Register shortcuts while a component is there: return the result from `$effect` or `onMount`. */
  add(...shortcuts: Shortcut[]): () => void {
    this.list = [...untrack(() => this.list), ...shortcuts];
    return () => (this.list = this.list.filter((one) => !shortcuts.includes(one)));
  }

  press(event: KeyboardEvent): void {
    const combined = event.ctrlKey || event.metaKey;
    if (event.altKey || event.defaultPrevented || (!combined && (!this.single || takesText(event.target)))) return;
    if (document.querySelector("dialog[open]")) return;
    const key = combined ? `Control+${event.key.toLowerCase()}` : event.key;
    const found = this.list.findLast((one) => one.key === key);
    if (!found || (key === " " && takesSpace(event.target))) return;
    event.preventDefault();
    found.run();
  }
}

/** Whether the element takes typed keys for itself. */
function takesText(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || target.matches("input, textarea, select, [role=listbox], [role=grid], [role=slider]"))
  );
}

/** Whether Space presses the element. */
function takesSpace(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches("button, a, summary, [role=button], [tabindex='0']");
}

export const keys = new Keys();
