/**
 * All that a web application needs to work with Kith: it answers one GET, makes one POST and, if it wants to know who is
 * there, hears of it.
 * Nothing in this file knows the rest of the demonstration; copy it.
 */
import { createHash } from "node:crypto";
import { Webhook } from "standardwebhooks";

/** Address to contact, as Kith reads it: `{ "marie@example.com": { "name": "Marie", "groups": ["Friends"] } }`. */
export type Contacts = Readonly<Record<string, Contact>>;

export interface Contact {
  readonly name?: string;
  readonly groups?: readonly string[];
  /** `none` with `ask`: shown as a request that is not decided. */
  readonly subscription?: "both" | "to" | "from" | "none";
  readonly ask?: "subscribe";
}

/** Answers `GET /contacts/:user`, which Kith asks when that person signs in and after each refresh. */
export function contactsResponse(contacts: Contacts, ifNoneMatch: string | null): Response {
  const body = JSON.stringify(contacts);
  const etag = `"${createHash("sha256").update(body).digest("base64url").slice(0, 22)}"`;
  const headers = { ETag: etag, "Cache-Control": "max-age=60, stale-if-error=86400" };
  if (ifNoneMatch === etag) return new Response(null, { status: 304, headers });
  return new Response(body, { headers: { ...headers, "Content-Type": "application/json" } });
}

/** Where Kith listens and the token of its configuration's `http.tokens`. */
export interface Kith {
  readonly url: string;
  readonly token: string;
}

export type Refreshed =
  | { readonly ok: true; readonly updated: number }
  | { readonly ok: false; readonly reason: string };

/** Tells Kith whose lists have changed. Call it after the change is in the database. */
export async function refresh(kith: Kith, users: readonly string[]): Promise<Refreshed> {
  try {
    const response = await fetch(new URL("/roster_admin/refresh", kith.url), {
      method: "POST",
      headers: { Authorization: `Bearer ${kith.token}`, "Content-Type": "application/json" },
      body: JSON.stringify(users),
      signal: AbortSignal.timeout(15_000),
    });
    const answer = (await response.json()) as { message?: string; detail?: string; updated?: number };
    if (response.ok) return { ok: true, updated: answer.updated ?? 0 };
    return { ok: false, reason: `${response.status} ${answer.detail ?? answer.message ?? response.statusText}` };
  } catch (error) {
    return { ok: false, reason: error instanceof Error ? error.message : String(error) };
  }
}

/** An event that Kith posts to `events.url`: only what is used here. */
export interface KithEvent {
  readonly id: string;
  readonly type: string;
  /** When it happened; events may come twice, and an old one after a newer one. */
  readonly time: string;
  readonly user: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** What somebody wants to change in a chat client, posted to `proposals.url`: the application decides. */
export interface Proposal {
  /** The same when Kith sends it again: what is done for it is done once. */
  readonly id: string;
  readonly type: "add" | "remove" | "rename" | "regroup" | "accept" | "decline";
  readonly user: string;
  /** Address. */
  readonly contact: string;
  readonly name: string | null;
  readonly groups: readonly string[];
  readonly message: string | null;
}

/** `accept`: done, Kith asks for both lists again. `later`: shown as a request until a refresh. */
export type Decision =
  | { readonly decision: "accept" | "later" }
  | { readonly decision: "deny"; readonly reason: string };

/** Reads what Kith posts and checks that it was signed with `contacts.secret`. Undefined: it is not from Kith. */
export async function readSigned<T extends KithEvent | Proposal>(
  request: Request,
  secret: string,
): Promise<T | undefined> {
  try {
    return new Webhook(secret).verify(await request.text(), Object.fromEntries(request.headers)) as T;
  } catch {
    return undefined; // a wrong signature, or too old: nothing that a caller should hear more of
  }
}
