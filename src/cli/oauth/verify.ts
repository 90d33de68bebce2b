/** `kith oauth verify CLIENT_ID`: whose it is and until when, or why it is refused. */
import { systemClock } from "../../clock.ts";
import { redirectsOf } from "../../login/oauth/client-metadata.ts";
import {
  clientHash,
  type RefusedClient,
  type RegisteredClient,
  type Verified,
} from "../../login/oauth/registration.ts";
import type { OauthCall } from "../oauth.ts";
import { plain } from "../plain.ts";
import { clientIdOf } from "./hash.ts";
import { momentOf } from "./moment.ts";
import { missingKey, type Registrations, registrationsAt } from "./registries.ts";

/** After "Refused: ". */
const REASONS: Readonly<Record<RefusedClient, string>> = {
  "too-long": "it has more than 2048 characters.",
  "not-a-jwt": "it is no client id: look whether all of it was copied.",
  signature:
    'no oauth.registrationKey signed it, for this domain. Look whether all of it was copied and the key is the right one; ids of mod_http_oauth2 after 2023-03-03 need "compat": "prosody".',
  header: "its header is not that of a client id.",
  payload: "it names no redirect_uris.",
  "not-yet": "it is not good yet (nbf): look at the clocks.",
  expired: "it has expired: the client has to register again.",
  denied: "its hash is in oauth.denied.",
  "before-cut-off": "it was registered before oauth.issuedSince.",
};

export async function verify({ words, flags, io, settings }: OauthCall): Promise<number> {
  const clientId = clientIdOf(words);
  const { config } = await settings();
  const registrations = registrationsAt(config, flags.domain);
  if (registrations.length === 0) {
    io.err(missingKey(config, flags.domain));
    return 1;
  }
  const { domain, verified } = judge(registrations, clientId);
  const reason = verified.ok ? reasonOfRedirects(verified.client) : REASONS[verified.reason];
  if (flags.json === true) io.out(json(domain, clientId, verified, reason));
  else if (verified.ok && reason === undefined) io.out(inWords(domain, verified.client));
  else io.err(`Refused: ${reason}`);
  return reason === undefined ? 0 : 1;
}

/** The domain that signed it, if there is one. */
function judge(registrations: Registrations, clientId: string) {
  const now = Math.floor(systemClock.now() / 1000);
  const all = registrations.map(([domain, registration]) => ({ domain, verified: registration.verify(clientId, now) }));
  const known = all.find(({ verified }) => verified.ok || verified.reason !== "signature");
  const [first] = all;
  if (first === undefined) throw new TypeError("no domain to ask");
  return known ?? first;
}

function reasonOfRedirects({ metadata }: RegisteredClient): string | undefined {
  if (redirectsOf(metadata) !== undefined) return undefined;
  return "a redirect URI in it is one that no client may have: it has to register again with another.";
}

function json(domain: string, clientId: string, verified: Verified, reason: string | undefined): string {
  const hash = clientHash(clientId);
  if (!verified.ok) return JSON.stringify({ ok: false, reason: verified.reason, message: reason, hash }, undefined, 2);
  const { metadata, issuedAt, expiresAt } = verified.client;
  const head = reason === undefined ? { ok: true, domain } : { ok: false, reason: "redirect", message: reason, domain };
  return JSON.stringify(
    { ...head, hash, issued_at: issuedAt ?? null, expires_at: expiresAt ?? null, metadata },
    undefined,
    2,
  );
}

function inWords(domain: string, { clientId, metadata, issuedAt, expiresAt }: RegisteredClient): string {
  const said = (name: string): string => {
    const value = metadata[name];
    return [value ?? "-"].flat().map(String).join(" ");
  };
  const rows = {
    "its own name": said("client_name"),
    "its page": said("client_uri"),
    "redirects to": said("redirect_uris"),
    "may ask by": said("grant_types"),
    "good for": domain,
    registered: issuedAt === undefined ? "it does not say when" : momentOf(issuedAt),
    "good until": momentOf(expiresAt),
    hash: clientHash(clientId),
  };
  return Object.entries(rows)
    .map(([name, value]) => `${name.padEnd(15)}${plain(value)}`)
    .join("\n");
}
