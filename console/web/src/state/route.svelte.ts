// The address of the page, after the `#`: a path and a query. A link with the same address shows the same.

export interface Route {
  /** The parts of the path, for example `["hub", "0A1B2C3D"]`. */
  path: string[];
  query: Record<string, string>;
}

/** What all pages share: who acts, which world, how it looks, the step of the story. */
const FRAME_QUERY: ReadonlySet<string> = new Set(["as", "company", "world", "lang", "theme", "large", "step"]);

/** A part of the path; a malformed one stays as it is. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
    return part;
  }
}

/** The path and the query of an address such as `#/demo?lang=pl`. */
export function parse(hash: string): Route {
  const [path = "", query = ""] = hash.replace(/^#\/?/, "").split("?", 2);
  return {
    path: path.split("/").filter(Boolean).map(decoded),
    query: Object.fromEntries(new URLSearchParams(query)),
  };
}

class CurrentRoute {
  #route = $state(parse(location.hash));

  constructor() {
    addEventListener("hashchange", () => (this.#route = parse(location.hash)));
  }

  get path(): string[] {
    return this.#route.path;
  }

  get query(): Record<string, string> {
    return this.#route.query;
  }

  /**
   * The address of a page. A link to another path keeps the part of the query that is the frame's; a link to the
   * same path keeps all of it. The given values replace what is there; "" removes one.
   */
  href(path: string[], query: Record<string, string> = {}): string {
    const same = path.join("/") === this.#route.path.join("/");
    const kept = Object.entries(this.#route.query).filter(([name]) => same || FRAME_QUERY.has(name));
    const all = Object.entries({ ...Object.fromEntries(kept), ...query }).filter(([, value]) => value !== "");
    const text = new URLSearchParams(all).toString();
    return `#/${path.map(encodeURIComponent).join("/")}${text ? `?${text}` : ""}`;
  }

  go(path: string[], query: Record<string, string> = {}): void {
    location.hash = this.href(path, query);
  }

  /** Show an address such as `#/demo?lang=pl` in place of the present one; the query keeps what it does not name. */
  replace(hash: string): void {
    const { path, query } = parse(hash);
    history.replaceState(null, "", this.href(path, query));
    this.#route = parse(location.hash);
  }

  /** Change the query of the present page, without a new entry in the browser's history. */
  set(query: Record<string, string>): void {
    history.replaceState(null, "", this.href(this.#route.path, query));
    this.#route = parse(location.hash);
  }
}

export const route = new CurrentRoute();
