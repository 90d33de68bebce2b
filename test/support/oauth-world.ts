/** A world with an authorization server, and romeo, who has an account there. */
import type { ServerOptions } from "../../src/server.ts";
import { Client } from "./client.ts";
import { REGISTRATION_KEY } from "./oauth-client.ts";
import { startWorld, type World } from "./world.ts";

export interface OAuthWorld extends World {
  /** The issuer: `http://127.0.0.1:port`. */
  readonly base: string;
  /** XMPP with an access token in the password's place, by PLAIN. */
  loginByToken(token: string, username?: string): Promise<Client>;
}

export async function startOAuth(given: Partial<ServerOptions> = {}): Promise<OAuthWorld> {
  const { oauth, ...more } = given;
  const world = await startWorld({ ...more, oauth: { registrationKey: REGISTRATION_KEY, ...oauth } });
  await world.addUser("romeo@localhost");
  return {
    ...world,
    base: `http://127.0.0.1:${world.server.ports.http}`,
    loginByToken: async (token, username = "romeo") =>
      Client.login(await world.open("tls"), { username, domain: "localhost", password: token }),
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
  };
}

/** A form posted to an endpoint of the authorization server; `basic`: name and secret, as they are. */
export function postForm(
  url: string,
  form: Readonly<Record<string, string>> | URLSearchParams,
  basic?: readonly [string, string],
): Promise<Response> {
  const headers = new Headers();
  if (basic !== undefined) headers.set("authorization", `Basic ${Buffer.from(basic.join(":")).toString("base64")}`);
  return fetch(url, { method: "POST", body: new URLSearchParams(form), headers });
}

/** The status, and the `error` of its JSON. */
export async function refusal(response: Response): Promise<readonly [number, unknown]> {
  const body = (await response.json()) as { readonly error?: unknown };
  return [response.status, body.error];
}
