// The events of the world since the console was opened: the rows of the live diagram. It fills whichever page
// is shown, so that a presenter can act first and look inside afterwards.
import { LiveSequence } from "../../parts/live-sequence.svelte";
import { watch } from "../../state/watch.svelte";
import { hubName } from "./inside-texts";

class MessageLog {
  readonly sequence = new LiveSequence(hubName);

  /** Follow the stream; called in an effect of the frame. Returns what ends it. */
  begin(): () => void {
    const { sequence } = this;
    const ends = [
      watch.on("message", (event) => sequence.add("message", event)),
      watch.on("act", (event) => sequence.add("act", event)),
      watch.on("hands", (event) => sequence.add("hands", event)),
      watch.on("order", (event) => sequence.add("order", event)),
      watch.on("fault", (event) => sequence.add("fault", event)),
      watch.onReload(() => sequence.clear()),
    ];
    return () => {
      for (const end of ends) end();
      sequence.clear();
    };
  }
}

export const messageLog = new MessageLog();
