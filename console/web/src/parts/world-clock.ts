// Instants of the world clock as local times, and durations.

/** Formats instants of the world in the local time of one zone. */
export interface WorldClock {
  /** The time of day with seconds, and milliseconds if there are any. */
  time(atMs: number): string;
  /** The weekday and the date. */
  day(atMs: number): string;
  /** A short date, such as `1 Mar 2026`. */
  date(atMs: number): string;
  /** The first instants of the months that begin between two instants. */
  months(fromMs: number, toMs: number): number[];
}

const two = (number: number): string => String(number).padStart(2, "0");

/** The parts of an instant that is already shifted by the offset of its zone. */
function shifted(localMs: number) {
  const at = new Date(localMs);
  const ms = at.getUTCMilliseconds();
  const whole = `${two(at.getUTCHours())}:${two(at.getUTCMinutes())}:${two(at.getUTCSeconds())}`;
  return ms ? `${whole}.${String(ms).padStart(3, "0")}` : whole;
}

function clockOf(offset: (atMs: number) => number, language: string): WorldClock {
  const days = new Intl.DateTimeFormat(language === "en" ? "en-GB" : language, { dateStyle: "full", timeZone: "UTC" });
  const dates = new Intl.DateTimeFormat(language === "en" ? "en-GB" : language, { dateStyle: "medium", timeZone: "UTC" });
  const local = (atMs: number): number => atMs + offset(atMs);
  return {
    time: (atMs) => shifted(local(atMs)),
    day: (atMs) => days.format(local(atMs)),
    date: (atMs) => dates.format(local(atMs)),
    months(fromMs, toMs) {
      const first = new Date(local(fromMs));
      const found: number[] = [];
      for (let month = first.getUTCMonth(); ; month += 1) {
        const start = Date.UTC(first.getUTCFullYear(), month, 1);
        // The offset at the guess is the offset at midnight, except within hours of a change of the offset.
        const guess = start - offset(start);
        const instant = start - offset(guess);
        if (instant >= toMs) return found;
        if (instant >= fromMs) found.push(instant);
      }
    },
  };
}

/** The clock of a report: from each instant on, local time is this number of ms ahead of UTC. */
export function clockOfOffsets(offsets: readonly (readonly [number, number])[], language: string): WorldClock {
  return clockOf((atMs) => {
    let offset = offsets[0]?.[1] ?? 0;
    for (const [from, ms] of offsets) if (from <= atMs) offset = ms;
    return offset;
  }, language);
}

/** The clock of an IANA time zone that the browser knows. */
export function clockOfZone(zone: string, language: string): WorldClock {
  const parts = new Intl.DateTimeFormat("en-GB", {
    timeZone: zone, hourCycle: "h23", year: "numeric", month: "numeric", day: "numeric",
    hour: "numeric", minute: "numeric", second: "numeric",
  });
  return clockOf((atMs) => {
    const whole = Math.floor(atMs / 1000) * 1000;
    const found = Object.fromEntries(parts.formatToParts(whole).map(({ type, value }) => [type, Number(value)]));
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = found;
    return Date.UTC(year, month - 1, day, hour, minute, second) - whole;
  }, language);
}

const UNITS = [["d", 86_400_000], ["h", 3_600_000], ["min", 60_000], ["s", 1000], ["ms", 1]] as const;

/** A duration of world time in its two largest units. */
export function span(ms: number): string {
  const parts: string[] = [];
  let rest = ms;
  for (const [unit, size] of UNITS) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count) parts.push(`${count} ${unit}`);
    if (parts.length === 2) break;
  }
  return parts.join(" ") || "0 s";
}

/** A duration of real time in min, s or ms. */
export function took(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined) return "";
  if (seconds >= 60) return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
  if (seconds >= 1) return `${seconds.toFixed(2)} s`;
  const ms = seconds * 1000;
  return `${ms >= 100 ? ms.toFixed(0) : ms >= 10 ? ms.toFixed(1) : ms.toFixed(2)} ms`;
}
