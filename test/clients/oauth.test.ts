/** Clients of others log in with access tokens of Kith's own authorization server: XEP-0493, RFC 7628. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { after, before, test } from "node:test";
import { client } from "@xmpp/client";
import { createClient } from "stanza";
import { Strophe } from "strophe.js";
import { tokensFor } from "../support/oauth-client.ts";
import { type OAuthWorld, postForm, startOAuth } from "../support/oauth-world.ts";
import { challengeTo } from "../support/stanza.ts";
import { strophe } from "../support/strophe.ts";
import { PASSWORD } from "../support/world.ts";

// The development certificate is self-signed, and xmpp.js has no option for it.
process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = "0";

/** The application knows the passwords: where SCRAM is offered these clients prefer it, and it cannot take a token. */
const application = createServer(async (request, response) => {
  const { password } = JSON.parse(await text(request)) as { readonly password: string };
  response.end(JSON.stringify({ ok: password === PASSWORD }));
});
let world: OAuthWorld;
before(async () => {
  application.listen(0, "127.0.0.1");
  await once(application, "listening");
  const url = `http://127.0.0.1:${(application.address() as AddressInfo).port}/password`;
  const secret = `whsec_${Buffer.from("a secret for tests, 32 octets or more").toString("base64")}`;
  const contacts = { url: "http://127.0.0.1:1/%s", secret };
  world = await startOAuth({ contacts, accounts: { local: false, http: { url } } });
});
after(async () => {
  await world[Symbol.asyncDispose]();
  application.close();
});

async function revoke(id: string, token: string): Promise<void> {
  await postForm(`${world.base}/oauth2/revoke`, { client_id: id, token });
}

function stanza(token: string) {
  return createClient({
    jid: "romeo@localhost",
    credentials: { token },
    transports: { websocket: world.socketUrl, bosh: false },
    autoReconnect: false,
  });
}

test("XEP-0493 §3: strophe.js by OAUTHBEARER; its session ends when the token is revoked", {
  timeout: 20_000,
}, async () => {
  const { tokens, client: program } = await tokensFor(world.base, "romeo", PASSWORD);
  const good = await strophe(world, tokens.access_token, [Strophe.SASLOAuthBearer]);
  assert.equal(good.status, Strophe.Status.CONNECTED);
  assert.match(good.connection.jid, /^romeo@localhost\//);
  await revoke(program.client_id, tokens.access_token);
  await good.gone;
  const again = await strophe(world, tokens.access_token, [Strophe.SASLOAuthBearer]);
  assert.equal(again.status, Strophe.Status.AUTHFAIL);
  assert.ok(again.said < 6, `it said something ${again.said} times`); // RFC 7628 §3.2.2: no loop
});

test("XEP-0493 §3: stanza by OAUTHBEARER; its session ends when the token is revoked", {
  timeout: 20_000,
}, async () => {
  const { tokens, client: program } = await tokensFor(world.base, "romeo", PASSWORD);
  const romeo = stanza(tokens.access_token);
  const started = once(romeo, "session:started");
  romeo.connect();
  await started;
  const ended = once(romeo, "disconnected");
  await revoke(program.client_id, String(tokens.refresh_token));
  await ended;
});

test("RFC 7628 §3.2.2, XEP-0493 §3: no token, and none that is good, is told where to get one", {
  timeout: 20_000,
}, async () => {
  const { tokens, client: program } = await tokensFor(world.base, "romeo", PASSWORD);
  const { tokens: late } = await tokensFor(world.base, "romeo", PASSWORD);
  await revoke(program.client_id, tokens.access_token);
  for (const token of ["stolen", tokens.access_token, String(late.refresh_token)]) {
    assert.deepEqual(await challengeTo(stanza(token)), {
      status: "invalid_token",
      "openid-configuration": `${world.base}/.well-known/oauth-authorization-server`,
    });
  }
  const { "openid-configuration": url } = (await challengeTo(stanza("stolen"))) as Record<string, string>;
  const metadata = (await (await fetch(String(url))).json()) as { readonly issuer?: unknown };
  assert.equal(metadata.issuer, world.base);
});

test("XEP-0493: xmpp.js with an access token as its password, by PLAIN inside TLS", { timeout: 20_000 }, async () => {
  const { tokens } = await tokensFor(world.base, "romeo", PASSWORD);
  const begin = (password: string) => {
    const romeo = client({
      service: `xmpp://localhost:${world.server.ports.c2s}`,
      domain: "localhost",
      username: "romeo",
      password,
    });
    romeo.on("error", () => undefined);
    romeo.reconnect.stop();
    return romeo;
  };
  const good = begin(tokens.access_token);
  await good.start();
  assert.match(good.jid.toString(), /^romeo@localhost\//);
  await good.stop();
  const bad = begin(String(tokens.refresh_token));
  await assert.rejects(bad.start(), /not-authorized/);
  await bad.stop();
});
