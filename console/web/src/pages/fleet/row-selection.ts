// Which rows of a list are selected, by keyboard and mouse as in a file manager. Pure: each function returns a
// new selection.

export interface RowSelection {
  readonly chosen: ReadonlySet<string>;
  /** The row of the keyboard. null: none yet. */
  readonly cursor: string | null;
  /** The other end of a range that Shift extends. */
  readonly anchor: string | null;
}

export const NOTHING: RowSelection = { chosen: new Set(), cursor: null, anchor: null };

/** A click: alone it selects one row, with Ctrl it adds or removes one, with Shift it selects a range. */
export function click(
  selection: RowSelection,
  ids: readonly string[],
  id: string,
  keys: { shift: boolean; ctrl: boolean },
): RowSelection {
  if (keys.shift) return extend(selection, ids, id, keys.ctrl);
  return keys.ctrl ? toggle(selection, id) : { chosen: new Set([id]), cursor: id, anchor: id };
}

/** Add the row to the selection, or remove it. */
export function toggle(selection: RowSelection, id: string): RowSelection {
  const chosen = new Set(selection.chosen);
  if (!chosen.delete(id)) chosen.add(id);
  return { chosen, cursor: id, anchor: id };
}

/** Move the cursor by a number of rows; the selection stays, or extends from its anchor to the cursor. */
export function move(selection: RowSelection, ids: readonly string[], by: number, extends_: boolean): RowSelection {
  if (ids.length === 0) return selection;
  const place = selection.cursor === null ? -1 : ids.indexOf(selection.cursor);
  const next = place < 0 ? (by < 0 ? ids.length - 1 : 0) : Math.min(Math.max(0, place + by), ids.length - 1);
  const id = ids[next]!;
  return extends_ ? extend(selection, ids, id, false) : { ...selection, cursor: id, anchor: id };
}

export function all(selection: RowSelection, ids: readonly string[]): RowSelection {
  return { ...selection, chosen: new Set(ids) };
}

/** Without the rows that no longer exist. */
export function without(selection: RowSelection, gone: (id: string) => boolean): RowSelection {
  const chosen = new Set([...selection.chosen].filter((id) => !gone(id)));
  const stays = (id: string | null) => (id !== null && gone(id) ? null : id);
  return { chosen, cursor: stays(selection.cursor), anchor: stays(selection.anchor) };
}

function extend(selection: RowSelection, ids: readonly string[], id: string, adds: boolean): RowSelection {
  const to = ids.indexOf(id);
  const start = selection.anchor === null ? -1 : ids.indexOf(selection.anchor);
  const from = start < 0 ? to : start;
  const range = ids.slice(Math.min(from, to), Math.max(from, to) + 1);
  return {
    chosen: new Set(adds ? [...selection.chosen, ...range] : range),
    cursor: id,
    anchor: ids[from] ?? id,
  };
}
