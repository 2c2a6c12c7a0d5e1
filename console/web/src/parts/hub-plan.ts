// The plan of the drawing of a hub: where its parts are, in the units of its `viewBox`.

export const CASE = { x: 150, y: 30, width: 260, height: 270 };
export const SLOT = { y: 222, width: 92, height: 62 };
export const CARD = { width: 80, height: 50 };
export const TRAY = { x: 100, y: 352, width: 360, height: 92 };
export const PORTS: Record<string, { x: number; y: number; side: -1 | 1 }> = {
  ethernet: { x: 150, y: 240, side: -1 },
  mains: { x: 410, y: 240, side: 1 },
};
/** How far a pulled plug is from its port. */
export const LOOSE = 74;
/** The view of the case alone. */
export const COMPACT = `${CASE.x - 14} ${CASE.y - 26} ${CASE.width + 28} ${CASE.height + 34}`;

/** The left edge of a slot, from the number of slots. */
export function slotX(place: number, count: number): number {
  const gap = 16;
  const all = count * SLOT.width + (count - 1) * gap;
  return CASE.x + (CASE.width - all) / 2 + place * (SLOT.width + gap);
}
