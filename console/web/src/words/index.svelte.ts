// The texts of the console. The English text is the key; other languages are compiled from `console/locale`.
import pl from "./pl.json";

export type Language = "en" | "pl";
type Catalog = Record<string, string | string[]>;
const CATALOGS: Record<Language, Catalog> = { en: {}, pl: pl as Catalog };

class Words {
  language = $state<Language>("en");
}

export const words = new Words();

function fill(text: string, values: Record<string, string | number>): string {
  return text.replace(/\{(\w+)\}/g, (all, name: string) => String(values[name] ?? all));
}

/** The text in the present language. `{name}` is replaced with a value. */
export function t(text: string, values: Record<string, string | number> = {}): string {
  const found = CATALOGS[words.language][text];
  return fill(typeof found === "string" && found ? found : text, values);
}

/** A text with a number, in the right plural; `{n}` is replaced with the number. */
export function tn(one: string, many: string, n: number, values: Record<string, string | number> = {}): string {
  const found = CATALOGS[words.language][one];
  const forms = Array.isArray(found) ? found : [one, many];
  const index = words.language === "pl" ? polishForm(n) : n === 1 ? 0 : 1;
  return fill(forms[index] ?? many, { n, ...values });
}

function polishForm(n: number): number {
  if (n === 1) return 0;
  const [last, tens] = [n % 10, n % 100];
  return last >= 2 && last <= 4 && (tens < 12 || tens > 14) ? 1 : 2;
}

/** A world time for people, in the present language and a time zone. */
export function when(ms: number, zone = "Europe/Warsaw"): string {
  return new Intl.DateTimeFormat(words.language, { dateStyle: "medium", timeStyle: "medium", timeZone: zone }).format(ms);
}
