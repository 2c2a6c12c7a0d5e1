// Instants and local dates of a time zone. World times are UTC in ms.

interface Local {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
}

/** The local date and time of an instant. Months count from 1. */
export function localOf(ms: number, zone: string): Local {
  const parts = new Intl.DateTimeFormat("en-GB", {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
  }).formatToParts(ms);
  const value = (type: string) => Number(parts.find((part) => part.type === type)?.value);
  return { year: value("year"), month: value("month"), day: value("day"), hour: value("hour"), minute: value("minute") };
}

function offsetOf(ms: number, zone: string): number {
  const { year, month, day, hour, minute } = localOf(ms, zone);
  return Date.UTC(year, month - 1, day, hour, minute) - Math.floor(ms / 60_000) * 60_000;
}

/** The instant of a local date and time; a time that a change of the clocks skips becomes the one after it. */
export function instantOf(local: Local, zone: string): number {
  const naive = Date.UTC(local.year, local.month - 1, local.day, local.hour, local.minute);
  const first = naive - offsetOf(naive, zone);
  return naive - offsetOf(first, zone);
}

/** Midnight on the 1st of the month after an instant. */
export function nextFirst(ms: number, zone: string): number {
  const { year, month } = localOf(ms, zone);
  const [toYear, toMonth] = month === 12 ? [year + 1, 1] : [year, month + 1];
  return instantOf({ year: toYear, month: toMonth, day: 1, hour: 0, minute: 0 }, zone);
}

/** An instant as the value of an `<input type="datetime-local">`. */
export function fieldOf(ms: number, zone: string): string {
  const { year, month, day, hour, minute } = localOf(ms, zone);
  const two = (n: number) => String(n).padStart(2, "0");
  return `${year}-${two(month)}-${two(day)}T${two(hour)}:${two(minute)}`;
}

/** The instant of the value of an `<input type="datetime-local">`; null: it is not complete. */
export function instantOfField(text: string, zone: string): number | null {
  const found = /^(\d{4,})-(\d\d)-(\d\d)T(\d\d):(\d\d)/.exec(text);
  if (!found) return null;
  const [year, month, day, hour, minute] = found.slice(1).map(Number) as [number, number, number, number, number];
  return instantOf({ year, month, day, hour, minute }, zone);
}
