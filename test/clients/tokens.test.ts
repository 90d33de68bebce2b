/** Clients of others log in with tokens of the application: by OAUTHBEARER, and as the password of PLAIN. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { client } from "@xmpp/client";
import { createClient } from "stanza";
import { Strophe } from "strophe.js";
import { loginToken } from "../../sdk/index.ts";
import { challengeTo } from "../support/stanza.ts";
import { strophe } from "../support/strophe.ts";
import { startWorld, type World } from "../support/world.ts";

// The development certificate is self-signed, and xmpp.js has no option for it.
process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = "0";

const SECRET = "a-secret-for-tests-of-32-characters";
const DISCOVERY = "https://idp.example/.well-known/openid-configuration";

const startWithTokens = (): Promise<World> =>
  startWorld({ accounts: { local: false, tokens: { secret: SECRET, discovery: DISCOVERY } } });
const tokenOf = (user: string): Promise<string> => loginToken(user, { secret: SECRET, domain: "localhost" });

test("strophe.js by OAUTHBEARER, which it prefers to nothing: the page names the mechanism", {
  timeout: 20_000,
}, async () => {
  await using world = await startWithTokens();
  const good = await strophe(world, await tokenOf("romeo"), [Strophe.SASLOAuthBearer]);
  assert.equal(good.status, Strophe.Status.CONNECTED);
  assert.match(good.connection.jid, /^romeo@localhost\//);
  good.connection.disconnect("");
});

test("RFC 7628 §3.2.2: strophe.js, which answers the error with its token again, is refused at once", {
  timeout: 20_000,
}, async () => {
  await using world = await startWithTokens();
  const bad = await strophe(world, "stolen", [Strophe.SASLOAuthBearer]);
  assert.equal(bad.status, Strophe.Status.AUTHFAIL);
  assert.ok(bad.said < 6, `${bad.said} messages`);
  const foreign = await strophe(world, await tokenOf("mary"), [Strophe.SASLOAuthBearer]);
  assert.equal(foreign.status, Strophe.Status.AUTHFAIL);
});

test("strophe.js left to itself takes PLAIN, as SCRAM is not offered where it cannot work", {
  timeout: 20_000,
}, async () => {
  await using world = await startWithTokens();
  const good = await strophe(world, await tokenOf("romeo"), [
    Strophe.SASLSHA256,
    Strophe.SASLSHA1,
    Strophe.SASLPlain,
    Strophe.SASLOAuthBearer,
  ]);
  assert.equal(good.status, Strophe.Status.CONNECTED);
  good.connection.disconnect("");
});

test("stanza by OAUTHBEARER; the error tells it where to get a token", { timeout: 20_000 }, async () => {
  await using world = await startWithTokens();
  const begin = (token: string) =>
    createClient({
      jid: "romeo@localhost",
      credentials: { token },
      transports: { websocket: world.socketUrl, bosh: false },
      autoReconnect: false,
    });
  const good = begin(await tokenOf("romeo"));
  const started = once(good, "session:started");
  good.connect();
  await started;
  assert.match(good.jid, /^romeo@localhost\//);
  good.disconnect();

  assert.deepEqual(await challengeTo(begin("stolen")), {
    status: "invalid_token",
    "openid-configuration": DISCOVERY,
  });
});

test("xmpp.js with a token as its password, by PLAIN inside TLS", { timeout: 20_000 }, async () => {
  await using world = await startWorld({ accounts: { local: false, tokens: { secret: SECRET } } });
  const romeo = client({
    service: `xmpp://localhost:${world.server.ports.c2s}`,
    domain: "localhost",
    username: "romeo",
    password: await tokenOf("romeo"),
  });
  romeo.on("error", () => undefined);
  await romeo.start();
  assert.match(romeo.jid.toString(), /^romeo@localhost\//);
  romeo.reconnect.stop();
  await romeo.stop();
});
