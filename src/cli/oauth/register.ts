/** `kith oauth register`: the same formula as `POST /oauth2/register`. */
import { createReadStream } from "node:fs";
import { resolve } from "node:path";
import { systemClock } from "../../clock.ts";
import { type ClientWish, metadataFor } from "../../login/oauth/client-wish.ts";
import { registerClient, registrationAnswer } from "../../login/oauth/register-client.ts";
import type { RegisteredClient } from "../../login/oauth/registration.ts";
import { type Io, UsageError } from "../command.ts";
import type { OauthCall, OauthFlags } from "../oauth.ts";
import { momentOf } from "./moment.ts";
import { missingKey, registrationsAt } from "./registries.ts";

export async function register({ words, flags, io, settings }: OauthCall): Promise<number> {
  const [file, second] = words;
  if (second !== undefined) throw new UsageError(`oauth register takes one file at most, not "${second}" too`);
  const metadata = file === undefined ? metadataFor(wishOf(flags)) : await metadataIn(file, flags, io);
  const { config } = await settings();
  const [one, other] = registrationsAt(config, flags.domain);
  if (one === undefined) {
    io.err(missingKey(config, flags.domain));
    return 1;
  }
  if (other !== undefined) throw new UsageError("several domains have OAuth clients: say which with --domain");
  const [domain, registration] = one;
  const registered = await registerClient({ domain, registration, check: undefined }, metadata, systemClock.now());
  if (!registered.ok) {
    io.err(`${registered.error}: ${registered.description}`);
    return 1;
  }
  io.out(flags.json === true ? json(registered.client) : inWords(domain, registered.client));
  return 0;
}

/** Octets, as `POST /oauth2/register` takes. */
const MOST_BODY = 8192;
const SAID_BY_FLAGS = ["name", "uri", "redirect", "grant", "scope", "native", "public"] as const;

/** The metadata of RFC 7591 §2 as a program would post it, from a file or, by "-", from standard input. @throws UsageError */
async function metadataIn(file: string, flags: OauthFlags, io: Io): Promise<unknown> {
  const flag = SAID_BY_FLAGS.find((name) => flags[name] !== undefined);
  if (flag !== undefined) throw new UsageError(`the file says all of it: leave --${flag} out`);
  const from = file === "-" ? io.stdin : createReadStream(resolve(io.folder, file));
  let text = "";
  try {
    for await (const piece of from.setEncoding("utf8")) {
      text += piece;
      if (Buffer.byteLength(text) > MOST_BODY) throw new UsageError(`metadata has at most ${MOST_BODY} bytes`);
    }
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new UsageError(`${file === "-" ? "standard input" : file} is no JSON that can be read: ${reason}`);
  }
}

/** @throws UsageError */
function wishOf({
  name,
  uri,
  redirect = [],
  grant = ["code"],
  scope,
  native,
  public: isPublic,
}: OauthFlags): ClientWish {
  if (name === undefined) throw new UsageError('what is it called? --name "My application"');
  if (uri === undefined) throw new UsageError("where does it live? --uri https://app.example.com/");
  const grants = grant.map((one) => {
    if (one === "code" || one === "device") return one;
    throw new UsageError(`--grant is code or device, not "${one}"`);
  });
  if (grants.includes("code") && redirect.length === 0)
    throw new UsageError("where are people sent back to? --redirect https://app.example.com/cb");
  if (!grants.includes("code") && redirect.length > 0)
    throw new UsageError("nobody is sent back by a device code: leave --redirect out, or add --grant code");
  const kind = native === true ? "native" : undefined;
  return { name, uri, redirects: redirect, kind, isPublic: isPublic === true, grants, scope };
}

function json(client: RegisteredClient): string {
  return JSON.stringify(registrationAnswer(client), undefined, 2);
}

function inWords(domain: string, client: RegisteredClient): string {
  const { client_id, client_secret } = registrationAnswer(client);
  return [
    `client id      ${client_id}`,
    `client secret  ${client_secret ?? "none: it is a public client"}`,
    `good for       ${domain}, until ${momentOf(client.expiresAt)}`,
    "The id and the secret are stored nowhere: keep them.",
  ].join("\n");
}
