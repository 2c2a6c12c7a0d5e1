// Dragging in the drawing of a hub: what is in the hand, where it is, and what dropping it would do.
import { dropAct, placeAt, type HandAct, type Place } from "./hub-hands";
import type { HubLook } from "./hub-look";

const THRESHOLD_PX = 5; // Less movement is a click.

interface Held {
  place: Place;
  startX: number;
  startY: number;
  x: number;
  y: number;
  moved: boolean;
}

/** The drag of one pointer at a time. Coordinates are those of the drawing. */
export class HubDrag {
  held = $state<Held | null>(null);
  #svg: () => SVGSVGElement | undefined;
  #look: () => HubLook;
  #act: (act: HandAct) => void;
  #justDropped = false;

  constructor(svg: () => SVGSVGElement | undefined, look: () => HubLook, act: (act: HandAct) => void) {
    this.#svg = svg;
    this.#look = look;
    this.#act = act;
  }

  /** The place under the pointer during a drag; null: nothing is dragged. */
  get over(): Place | null {
    return this.held?.moved ? placeAt(this.held.x, this.held.y, this.held.place, this.#look()) : null;
  }

  /** Whether this place is being dragged from. */
  from(at: Place["at"], key: string | number): boolean {
    const place = this.held?.moved ? this.held.place : null;
    if (!place || place.at !== at) return false;
    return ("kind" in place ? place.kind : "slot" in place ? place.slot : "link" in place ? place.link : "") === key;
  }

  /** How far the thing in the hand is from where it was. */
  get offset(): { dx: number; dy: number } {
    return this.held?.moved ? { dx: this.held.x - this.held.startX, dy: this.held.y - this.held.startY } : { dx: 0, dy: 0 };
  }

  begin(event: PointerEvent, place: Place): void {
    if (event.button !== 0) return;
    const at = this.#point(event);
    if (!at) return;
    this.held = { place, startX: at.x, startY: at.y, ...at, moved: false };
    this.#svg()?.setPointerCapture(event.pointerId);
  }

  move(event: PointerEvent): void {
    const at = this.held && this.#point(event);
    if (!at || !this.held) return;
    const moved = this.held.moved || Math.hypot(at.x - this.held.startX, at.y - this.held.startY) > THRESHOLD_PX;
    this.held = { ...this.held, ...at, moved };
  }

  /** Drop. Without a movement it is a click on the place, which `click` handles. */
  end(click: (place: Place) => void): void {
    const { held, over } = this;
    this.held = null;
    if (!held) return;
    this.#justDropped = true;
    // The click event of this pointer comes before a timer, if the browser sends one at all.
    setTimeout(() => (this.#justDropped = false));
    if (!held.moved || !over) {
      click(held.place);
      return;
    }
    const act = dropAct(held.place, over, this.#look());
    if (act) this.#act(act);
  }

  cancel(): void {
    this.held = null;
  }

  /** Whether a click event only ends a drag, or a click that was handled. */
  get handled(): boolean {
    return this.#justDropped;
  }

  #point(event: PointerEvent): { x: number; y: number } | null {
    const matrix = this.#svg()?.getScreenCTM()?.inverse();
    if (!matrix) return null;
    const { x, y } = new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix);
    return { x, y };
  }
}
