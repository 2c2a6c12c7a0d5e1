// Whether the page is being printed: then lists show everything, and colours are those of paper.
import { flushSync } from "svelte";

class Printing {
  now = $state(false);

  constructor() {
    const media = matchMedia("print");
    const change = () => flushSync(() => (this.now = media.matches));
    media.addEventListener("change", change);
    addEventListener("beforeprint", () => flushSync(() => (this.now = true)));
    addEventListener("afterprint", () => flushSync(() => (this.now = media.matches)));
    this.now = media.matches;
  }
}

export const printing = new Printing();
