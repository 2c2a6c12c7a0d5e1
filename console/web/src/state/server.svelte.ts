// What the server says of itself: its version, whether it has the lab, and what to show first.
import type { Language } from "../words/index.svelte";

export interface ServerConfig {
  version: string;
  /** Whether the lab is on: the clock, the bench and a change of person by a click. */
  lab: boolean;
  /** The world that is shown when the address names none; "" is the main world. */
  world: string;
  language: Language | null;
  /** The address that is shown when the browser's has none, such as `#/demo`; "" lets the console choose. */
  start: string;
}

const FIRST: ServerConfig = { version: "", lab: true, world: "", language: null, start: "" };

class Server {
  config = $state<ServerConfig>(FIRST);
  loaded = $state(false);

  /** Read `/console/config.json`; a server that is away is asked again after its return (see `watch`). */
  async load(): Promise<void> {
    const response = await fetch("/console/config.json").catch(() => null);
    if (response?.ok) this.config = { ...FIRST, ...((await response.json()) as Partial<ServerConfig>) };
    this.loaded = true;
  }
}

export const server = new Server();
