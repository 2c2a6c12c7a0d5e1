// Which world is shown. All paths of the API begin with its base.
import { baseOf } from "../api/client";
import { route } from "./route.svelte";
import { server } from "./server.svelte";

class Place {
  /** The name of the world; "" is the main one. */
  readonly world = $derived(route.query.world ?? server.config.world);
  readonly base = $derived(baseOf(this.world));
}

export const place = new Place();
