// The texts of the console. The English text is the key. The texts of the guide (tiles, screens, buttons) come from
// the cloud (guide.json), all others are compiled from `console/locale` (pl.json); see `make words`.
import guide from "./guide.json";
import pl from "./pl.json";

export type Language = "en" | "pl";
type Catalog = Record<string, string | string[]>;
type Values = Record<string, string | number>;

const CATALOGS: Record<Language, Catalog> = { en: {}, pl: { ...(pl as Catalog), ...guide.pl } };
/** Dates and numbers: English as in Europe, with the day first and 24 hours. */
const LOCALES: Record<Language, string> = { en: "en-GB", pl: "pl-PL" };

class Words {
  language = $state<Language>("en");
  readonly locale = $derived(LOCALES[this.language]);
}

export const words = new Words();

function fill(text: string, values: Values): string {
  return text.replace(/\{(\w+)\}/g, (all, name: string) => String(values[name] ?? all));
}

/** Mark a text for translation that is shown later, by `t` with a variable: `const NAMES = { a: msg("Hub") }`. */
export function msg(text: string): string {
  return text;
}

/** The text in the present language. `{name}` is replaced with a value. */
export function t(text: string, values: Values = {}): string {
  const found = CATALOGS[words.language][text];
  return fill(typeof found === "string" && found ? found : text, values);
}

/** A text with a number, in the right plural; `{n}` is replaced with the number. */
export function tn(one: string, many: string, n: number, values: Values = {}): string {
  const found = CATALOGS[words.language][one];
  const polish = words.language === "pl" && Array.isArray(found);
  const text = polish ? found[polishForm(n)] : n === 1 ? one : many;
  return fill(text ?? many, { n: number(n), ...values });
}

function polishForm(n: number): number {
  if (n === 1) return 0;
  const [last, tens] = [n % 10, n % 100];
  return last >= 2 && last <= 4 && (tens < 12 || tens > 14) ? 1 : 2;
}

/** A number with the separators of the language. */
export function number(n: number): string {
  return new Intl.NumberFormat(words.locale).format(n);
}

const formats = new Map<string, Intl.DateTimeFormat>();

function format(ms: number, zone: string, options: Intl.DateTimeFormatOptions): string {
  const key = `${words.locale} ${zone} ${JSON.stringify(options)}`;
  let found = formats.get(key);
  if (!found) formats.set(key, (found = new Intl.DateTimeFormat(words.locale, { ...options, timeZone: zone })));
  return found.format(ms);
}

/** A world time for people, with date and time. `zone` is `world.zone`, or that of the company that the time is for. */
export function when(ms: number, zone: string): string {
  return format(ms, zone, { dateStyle: "medium", timeStyle: "medium" });
}

/** The date alone, such as "25 Mar 2026". */
export function day(ms: number, zone: string): string {
  return format(ms, zone, { dateStyle: "medium" });
}

/** The date with its weekday, such as "Wednesday 25 March 2026". */
export function longDay(ms: number, zone: string): string {
  return format(ms, zone, { weekday: "long", day: "numeric", month: "long", year: "numeric" });
}

/** The time of day, such as "09:30:05". */
export function time(ms: number, zone: string, seconds = true): string {
  return format(ms, zone, { hour: "2-digit", minute: "2-digit", ...(seconds ? { second: "2-digit" } : {}) });
}

const UNITS = [
  [86_400_000, "day"],
  [3_600_000, "hour"],
  [60_000, "minute"],
  [1_000, "second"],
] as const;

/** A duration in its largest whole unit: the number and the unit. */
function inUnits(ms: number): [number, "day" | "hour" | "minute" | "second"] {
  const [size, unit] = UNITS.find(([one]) => ms >= one) ?? [1_000, "second" as const];
  return [Math.floor(ms / size), unit];
}

/** A duration in its largest whole unit, such as "6 days". */
export function span(ms: number): string {
  const [n, unit] = inUnits(ms);
  return new Intl.NumberFormat(words.locale, { style: "unit", unit, unitDisplay: "long" }).format(n);
}

/** How far an instant is in the future, such as "in 6 days". */
export function until(ms: number): string {
  return new Intl.RelativeTimeFormat(words.locale, { numeric: "always" }).format(...inUnits(ms));
}
