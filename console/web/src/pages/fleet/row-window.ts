// Which rows of a long list have elements in the page. Pure.

export interface RowWindow {
  /** The first row with an element. */
  from: number;
  /** The row after the last one with an element. */
  to: number;
}

/** The rows in view, and a few above and below them, so that a fast scroll shows no gap. */
export function rowWindow(scrollTop: number, height: number, rowHeight: number, count: number, spare = 6): RowWindow {
  const first = Math.min(Math.max(0, Math.floor(scrollTop / rowHeight)), Math.max(0, count - 1));
  const last = Math.ceil((Math.max(0, scrollTop) + height) / rowHeight);
  return { from: Math.max(0, first - spare), to: Math.min(count, Math.max(first, last) + spare) };
}

/** The scroll position that shows a row completely, with the least movement. `head` covers the upper rows. */
export function scrollTo(place: number, scrollTop: number, height: number, rowHeight: number, head = 0): number {
  const [top, bottom] = [place * rowHeight, (place + 1) * rowHeight];
  if (top < scrollTop) return top;
  return bottom > scrollTop + height - head ? bottom - height + head : scrollTop;
}
