/** What people are told of a program. Anybody can register any name, so where its answers go matters more. */
import { redirectsOf } from "../../login/oauth/client-metadata.ts";
import type { RegisteredClient } from "../../login/oauth/registration.ts";

export interface ClientFacts {
  readonly name: string;
  readonly uri: string | undefined;
  /** Where it gets its answers: a host, "this computer", the scheme of an app, or a device without a browser. */
  readonly target: string;
  /** ms since the epoch. */
  readonly registered: number | undefined;
}

const UNKNOWN: ClientFacts = { name: "A program", uri: undefined, target: "an unknown place", registered: undefined };

/** `redirect`: the one of this request; without it the first that is registered. */
export function clientFacts(client: RegisteredClient | undefined, redirect?: string): ClientFacts {
  if (client === undefined) return UNKNOWN;
  const { metadata, issuedAt } = client;
  const name = metadata["client_name"];
  const uri = metadata["client_uri"];
  return {
    name: typeof name === "string" && name.trim() !== "" ? name : UNKNOWN.name,
    uri: typeof uri === "string" && URL.canParse(uri) && uri.startsWith("https://") ? uri : undefined,
    target: targetOf(redirect ?? redirectsOf(metadata)?.[0]),
    registered: issuedAt === undefined ? undefined : issuedAt * 1000,
  };
}

/** RFC 8252 §7, in words. */
export function targetOf(redirect: string | undefined): string {
  if (redirect === undefined) return "a device without a browser";
  if (!URL.canParse(redirect)) return UNKNOWN.target;
  const { protocol, host } = new URL(redirect);
  if (protocol === "https:") return host;
  return protocol === "http:" ? "this computer" : `the app ${protocol.slice(0, -1)}`;
}
