/** The answers that all handlers give, and who may have them. */
import { isSameText } from "./bytes.ts";
import { WebhookError } from "./errors.ts";
import { type VerifyOptions, verifyWebhook } from "./webhook.ts";

/** A web-standard handler: what Deno, Bun, Cloudflare, Hono and Next.js serve, and `toNodeHandler` everywhere else. */
export type Handler = (request: Request) => Promise<Response>;

/** How a handler knows that Kith calls. Without a secret or token it would answer anybody: that has to be said. */
export interface CallerOptions extends VerifyOptions {
  /** `contacts.secret` of Kith's configuration; two while one is replaced. */
  readonly secret?: string | readonly string[];
  /** `contacts.bearer` of Kith's configuration; two while one is replaced. */
  readonly bearer?: string | readonly string[];
  /** Only for a port that nobody but Kith can reach. */
  readonly open?: true;
}

const TITLES: Readonly<Record<number, string>> = {
  400: "Bad Request",
  401: "Unauthorized",
  404: "Not Found",
  405: "Method Not Allowed",
  413: "Content Too Large",
};

/** RFC 9457. */
export function problem(status: number, detail: string, headers: Readonly<Record<string, string>> = {}): Response {
  const body = JSON.stringify({ type: "about:blank", title: TITLES[status], status, detail });
  return new Response(body, {
    status,
    headers: { "content-type": "application/problem+json", "cache-control": "no-store", ...headers },
  });
}

export function json(body: string): Response {
  return new Response(body, { headers: { "content-type": "application/json", "cache-control": "no-store" } });
}

/** The answer to a caller without one of the tokens; undefined: this one has it, or none is asked for. */
export async function refuseWithout(
  request: Request,
  bearer: string | readonly string[] | undefined,
): Promise<Response | undefined> {
  if (bearer === undefined) return undefined;
  const given = /^Bearer +([^\s]+) *$/i.exec(request.headers.get("authorization") ?? "")?.[1] ?? "";
  let found = false;
  for (const token of typeof bearer === "string" ? [bearer] : bearer) {
    if (await isSameText(given, token)) found = true;
  }
  if (found && given !== "") return undefined;
  return problem(401, "This needs `Authorization: Bearer` and the token.", { "www-authenticate": "Bearer" });
}

/** @throws TypeError: the handler would answer anybody */
export function requireCaller({ secret, bearer, open }: CallerOptions, name: string): void {
  const isClosed = [secret ?? [], bearer ?? []].flat().some((one) => one !== "");
  if (!isClosed && open !== true) throw new TypeError(`${name} needs { secret } or { bearer }, or else { open: true }`);
}

export type PostReading =
  | { readonly ok: true; readonly payload: unknown }
  | { readonly ok: false; readonly response: Response };

/** The JSON body of a POST that Kith made: by its signature where there is a secret, by its token where there is one. */
export async function readPost(request: Request, options: CallerOptions): Promise<PostReading> {
  if (request.method !== "POST") {
    return { ok: false, response: problem(405, "Only POST is possible here.", { allow: "POST" }) };
  }
  const refused = await refuseWithout(request, options.bearer);
  if (refused !== undefined) return { ok: false, response: refused };
  try {
    if (options.secret === undefined) return { ok: true, payload: await request.json() };
    return { ok: true, payload: (await verifyWebhook(request, options.secret, options)).payload };
  } catch (error) {
    if (error instanceof SyntaxError) return { ok: false, response: problem(400, "The body is not JSON.") };
    if (!(error instanceof WebhookError)) throw error;
    const status = error.fault === "too-large" ? 413 : error.fault === "not-json" ? 400 : 401;
    return { ok: false, response: problem(status, error.message) };
  }
}
