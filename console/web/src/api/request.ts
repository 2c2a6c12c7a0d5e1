// Requests by path, for what the typed client does not describe: paths that a story names.
import { NOBODY, send, type Bearer } from "./client";

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

export interface RequestParts {
  query?: Record<string, string>;
  body?: unknown;
  bearer?: Bearer;
  signal?: AbortSignal;
}

/** Send a request and return the JSON of its response, undefined when it has none. Throws `Refused`, `Unreachable`. */
export async function request<T>(base: string, method: Method, path: string, parts: RequestParts = {}): Promise<T> {
  const search = new URLSearchParams(Object.entries(parts.query ?? {}).filter(([, value]) => value !== "")).toString();
  const body = parts.body === undefined ? null : JSON.stringify(parts.body);
  const headers: HeadersInit = body === null ? {} : { "Content-Type": "application/json" };
  const address = new URL(base + path + (search ? `?${search}` : ""), location.origin);
  const asked = new Request(address, { method, headers, body, signal: parts.signal ?? null });
  const response = await send(asked, parts.bearer ?? NOBODY);
  const text = await response.text();
  return (text ? JSON.parse(text) : undefined) as T;
}
