/** `kith oauth register`: the same formula as `POST /oauth2/register`. */
import { systemClock } from "../../clock.ts";
import { DEVICE_GRANT, OUT_OF_BAND } from "../../login/oauth/client-metadata.ts";
import { registerClient, registrationAnswer } from "../../login/oauth/register-client.ts";
import type { RegisteredClient } from "../../login/oauth/registration.ts";
import { UsageError } from "../command.ts";
import type { OauthCall, OauthFlags } from "../oauth.ts";
import { momentOf } from "./moment.ts";
import { missingKey, registrationsAt } from "./registries.ts";

const GRANTS: Readonly<Record<string, string>> = { code: "authorization_code", device: DEVICE_GRANT };

export async function register({ words, flags, io, settings }: OauthCall): Promise<number> {
  if (words.length > 0) throw new UsageError(`oauth register takes flags only, not "${words[0]}"`);
  const metadata = metadataOf(flags);
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

/** As a client would post it. @throws UsageError */
function metadataOf({ name, uri, redirect = [], grant = ["code"], scope, native, public: isPublic }: OauthFlags) {
  if (name === undefined) throw new UsageError('what is it called? --name "My application"');
  if (uri === undefined) throw new UsageError("where does it live? --uri https://app.example.com/");
  const grants = grant.map((one) => {
    const found = Object.hasOwn(GRANTS, one) ? GRANTS[one] : undefined;
    if (found === undefined) throw new UsageError(`--grant is code or device, not "${one}"`);
    return found;
  });
  const isRedirected = grants.includes("authorization_code");
  if (isRedirected && redirect.length === 0)
    throw new UsageError("where are people sent back to? --redirect https://app.example.com/cb");
  return {
    client_name: name,
    client_uri: uri,
    redirect_uris: redirect.length > 0 ? redirect : [OUT_OF_BAND],
    grant_types: [...new Set(grants), "refresh_token"],
    ...(native === true ? { application_type: "native" } : {}),
    ...(isPublic === true ? { token_endpoint_auth_method: "none" } : {}),
    ...(scope === undefined ? {} : { scope }),
  };
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
