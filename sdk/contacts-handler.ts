/** Answers `GET <contacts.url>`: one person's contacts. */
import { type Handler, problem, refuseWithout } from "./answers.ts";
import { base64url, sha256, utf8 } from "./bytes.ts";
import type { Contacts } from "./types.ts";

/**
 * One person's contacts, by username. Undefined or null: there is no such person (404).
 * What it throws is the server's to report, and a failed fetch for Kith, which then serves the last good copy.
 */
export type FindContacts = (
  user: string,
  request: Request,
) => Contacts | undefined | null | Promise<Contacts | undefined | null>;

export interface ContactsHandlerOptions {
  /** `contacts.bearer` of Kith's configuration; two while one is replaced. Without it anybody may ask. */
  readonly bearer?: string | readonly string[];
  /** Seconds for which a login need not ask again. A refresh asks in any case. */
  readonly maxAge?: number;
  /** Seconds for which the last copy may stand in while this application fails; for ever when left out. */
  readonly staleIfError?: number;
  /**
   * Without it the ETag is a hash of the answer. A function tells a version before the contacts are looked up, and
   * saves that when Kith has them already; `false`: no ETag.
   */
  readonly etag?: false | ((user: string, request: Request) => string | undefined | Promise<string | undefined>);
  /** The username in the request; by default the last part of the path, percent-decoded. Undefined: 404. */
  readonly user?: (request: Request) => string | undefined;
}

/** A `Request → Response` that serves contacts, with ETag and 304. */
export function contactsHandler(find: FindContacts, options: ContactsHandlerOptions = {}): Handler {
  const cacheControl = cacheControlOf(options);
  const userOf = options.user ?? lastPathPart;
  return async (request) => {
    if (request.method !== "GET" && request.method !== "HEAD") {
      return problem(405, "Only GET is possible here.", { allow: "GET, HEAD" });
    }
    const refused = await refuseWithout(request, options.bearer);
    if (refused !== undefined) return refused;
    const user = userOf(request);
    if (user === undefined || user === "") return problem(404, "The address names nobody.");
    const known = typeof options.etag === "function" ? await options.etag(user, request) : undefined;
    const early = known === undefined ? undefined : quote(known);
    if (early !== undefined && isKnown(request, early)) return notModified(early, cacheControl);
    const contacts = await find(user, request);
    if (contacts === undefined || contacts === null) return problem(404, "There is no such person.");
    const body = JSON.stringify(contacts);
    const etag = early ?? (options.etag === false ? undefined : await hashOf(body));
    if (etag !== undefined && isKnown(request, etag)) return notModified(etag, cacheControl);
    return new Response(request.method === "HEAD" ? null : body, {
      headers: {
        "content-type": "application/json",
        "cache-control": cacheControl,
        ...(etag === undefined ? {} : { etag }),
      },
    });
  };
}

/** The last part of the path, percent-decoded; undefined when it is empty or its encoding is broken. */
function lastPathPart(request: Request): string | undefined {
  const { pathname } = new URL(request.url);
  try {
    return decodeURIComponent(pathname.slice(pathname.lastIndexOf("/") + 1)) || undefined;
  } catch {
    return undefined; // a broken percent-encoding names nobody
  }
}

function cacheControlOf({ maxAge, staleIfError }: ContactsHandlerOptions): string {
  const directives = ["private", maxAge === undefined ? "no-cache" : `max-age=${Math.trunc(maxAge)}`];
  if (staleIfError !== undefined) directives.push(`stale-if-error=${Math.trunc(staleIfError)}`);
  return directives.join(", ");
}

async function hashOf(body: string): Promise<string> {
  return quote(base64url(await sha256(utf8(body))).slice(0, 22));
}

/** RFC 9110 §8.8.3: an entity tag, whatever the version is written with. */
function quote(version: string): string {
  return /^(W\/)?"[^"]*"$/.test(version) ? version : `"${encodeURIComponent(version)}"`;
}

/** RFC 9110 §13.1.2: any of the tags, compared weakly, or `*`. */
function isKnown(request: Request, etag: string): boolean {
  const header = request.headers.get("if-none-match");
  if (header === null) return false;
  const strong = (tag: string): string => tag.trim().replace(/^W\//, "");
  return header.split(",").some((tag) => tag.trim() === "*" || strong(tag) === strong(etag));
}

function notModified(etag: string, cacheControl: string): Response {
  return new Response(null, { status: 304, headers: { etag, "cache-control": cacheControl } });
}
