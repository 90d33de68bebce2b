/** `POST /kith/accounts`: the command line changes accounts through the running server, so that sessions end at once. */
import type { Hono } from "hono";
import { z } from "zod";
import type { Account } from "../login/accounts.ts";
import { prepareLocalpart } from "../xmpp/jid/localpart.ts";
import type { Gate } from "./auth.ts";
import { parseJson, readBody } from "./body.ts";
import type { HttpContext, HttpEnv } from "./context.ts";
import type { HttpOptions } from "./options.ts";
import { problem } from "./problem.ts";
import { route } from "./route.ts";

/** Octets; about a thousand accounts. */
const MOST_BODY = 1_048_576;

const octets = z.base64().transform((text) => new Uint8Array(Buffer.from(text, "base64")));
const keys = z.strictObject({
  salt: octets,
  iterations: z.int().min(1).max(10_000_000),
  storedKey: octets,
  serverKey: octets,
});
const localpart = z.string().refine((text) => prepareLocalpart(text) === text);
const account = z.strictObject({
  username: localpart,
  sha1: keys.optional(),
  sha256: keys.optional(),
  created: z.int(),
  changed: z.int(),
});
export const accountsRequest = z.discriminatedUnion("action", [
  z.strictObject({ action: z.literal("put"), domain: z.string(), accounts: z.array(account) }),
  z.strictObject({ action: z.literal("remove"), domain: z.string(), username: localpart }),
  z.strictObject({ action: z.literal("get"), domain: z.string(), username: localpart }),
  z.strictObject({ action: z.literal("list"), domain: z.string(), after: z.string(), limit: z.int().min(1).max(1000) }),
]);
type AccountsRequest = z.output<typeof accountsRequest>;

export function accountsRoute(app: Hono<HttpEnv>, options: HttpOptions, gate: Gate): void {
  route(app, "/kith/accounts", { POST: (context) => postAccounts(context, options, gate) });
}

async function postAccounts(context: HttpContext, options: HttpOptions, gate: Gate): Promise<Response> {
  const allowed = gate.byTokenAlways(context);
  if (!allowed.ok) return allowed.response;
  const bytes = await readBody(context, { ...options, maxBody: MOST_BODY });
  if (!bytes.ok) return bytes.response;
  const json = parseJson(bytes.value);
  if (!json.ok) return json.response;
  const asked = accountsRequest.safeParse(json.value);
  if (!asked.success) return problem(400, "This is no request about accounts.");
  if (!options.domains.some((domain) => domain.name === asked.data.domain)) {
    return problem(404, "No such domain is served here.");
  }
  return Response.json(perform(asked.data, options));
}

function perform(asked: AccountsRequest, { accounts, clock }: HttpOptions): unknown {
  switch (asked.action) {
    case "put":
      accounts.put(
        asked.domain,
        asked.accounts.map((one): Account => {
          const created = accounts.get(asked.domain, one.username)?.created ?? one.created;
          return { username: one.username, sha1: one.sha1, sha256: one.sha256, created, changed: clock.now() };
        }),
      );
      return { ok: true };
    case "remove":
      return { ok: accounts.remove(asked.domain, asked.username) };
    case "get": {
      const found = accounts.get(asked.domain, asked.username);
      return { created: found?.created ?? null };
    }
    case "list":
      return { usernames: accounts.list(asked.domain, asked.after, asked.limit) };
  }
}
