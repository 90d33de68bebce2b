/** Authorization code with PKCE, as a client of others (oauth4webapi) does it. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import * as oauth from "oauth4webapi";
import { INSECURE, NATIVE, REDIRECT, type Registered, register, tokensFor } from "../support/oauth-client.ts";
import { type OAuthWorld, postForm, refusal, startOAuth } from "../support/oauth-world.ts";
import { PASSWORD } from "../support/world.ts";

let world: OAuthWorld;
before(async () => {
  world = await startOAuth();
});
after(() => world[Symbol.asyncDispose]());

const WEB = {
  client_name: "Web Chat",
  client_uri: "https://app.example.com/",
  redirect_uris: ["https://app.example.com/cb"],
  token_endpoint_auth_method: "client_secret_basic",
};
const asWeb = { params: { redirect_uri: "https://app.example.com/cb" } };

function refresh({ as, client, auth }: Registered, token: string): Promise<Response> {
  return oauth.refreshTokenGrantRequest(as, client, auth, token, INSECURE);
}

async function active({ as, client, auth }: Registered, token: string): Promise<oauth.IntrospectionResponse> {
  const response = await oauth.introspectionRequest(as, client, auth, token, INSECURE);
  return oauth.processIntrospectionResponse(as, client, response);
}

test("RFC 8414 §3, OpenID Discovery §4: both documents name the issuer and only what is there", async () => {
  for (const algorithm of ["oauth2", "oidc"] as const) {
    const issuer = new URL(world.base);
    const response = await oauth.discoveryRequest(issuer, { algorithm, ...INSECURE });
    const as = await oauth.processDiscoveryResponse(issuer, response);
    assert.equal(as.issuer, world.base);
    assert.deepEqual(as.code_challenge_methods_supported, ["S256"]);
    assert.deepEqual(as.response_types_supported, ["code"]);
    assert.deepEqual(as.response_modes_supported, ["query"]);
    assert.deepEqual(as.token_endpoint_auth_methods_supported?.toSorted(), [
      "client_secret_basic",
      "client_secret_post",
      "none",
    ]);
    assert.deepEqual(as.id_token_signing_alg_values_supported, ["ES256"]);
    assert.equal(as.authorization_response_iss_parameter_supported, true);
    assert.equal(as.registration_endpoint, `${world.base}/oauth2/register`);
    for (const scope of ["xmpp:client:normal", "xmpp:account:read", "xmpp:account:write", "xmpp"]) {
      assert.ok(as.scopes_supported?.includes(scope), scope); // XEP-0493 §4
    }
  }
});

test("RFC 9700 §2.6: every endpoint for programs may be called from pages of others, and no page may", async () => {
  const response = await fetch(`${world.base}/.well-known/oauth-authorization-server`);
  const as = (await response.json()) as Record<string, string>;
  const pages = ["authorization_endpoint"];
  const endpoints = Object.entries(as).filter(([name]) => name.endsWith("_endpoint") || name === "jwks_uri");
  assert.equal(endpoints.length, 8);
  for (const [name, url] of endpoints) {
    const method = name === "jwks_uri" ? "GET" : "POST";
    const headers = { origin: "https://app.example.com", "access-control-request-method": method };
    const preflight = await fetch(url, { method: "OPTIONS", headers });
    assert.ok(preflight.ok, `${name} ${preflight.status}`);
    assert.equal(preflight.headers.has("access-control-allow-origin"), !pages.includes(name), name);
    assert.equal(preflight.headers.has("access-control-allow-credentials"), false, name);
  }
});

test("RFC 6749 §4.1, RFC 7636: a public client from discovery to tokens and userinfo", async () => {
  const made = await tokensFor(world.base, "romeo", PASSWORD, { params: { scope: "openid xmpp" } });
  const { as, client, tokens } = made;
  assert.equal(tokens.token_type, "bearer");
  assert.equal(tokens.expires_in, 3600);
  assert.equal(tokens.scope, "openid xmpp");
  assert.ok(tokens.refresh_token);
  const response = await oauth.userInfoRequest(as, client, tokens.access_token, INSECURE);
  const claims = await oauth.processUserInfoResponse(as, client, "xmpp:romeo@localhost", response);
  assert.deepEqual(claims, { sub: "xmpp:romeo@localhost" });
});

test("OpenID Connect Core §3.1.3.7: the id_token is ES256 by the JWKS, for this client alone", async () => {
  const { as, client, tokens } = await tokensFor(world.base, "romeo", PASSWORD, { params: { scope: "openid xmpp" } });
  const claims = oauth.getValidatedIdTokenClaims(tokens);
  assert.equal(claims?.sub, "xmpp:romeo@localhost");
  assert.equal(claims.iss, world.base);
  assert.equal(claims.aud, client.client_id);
  const idToken = String(tokens.id_token);
  const signed = new Response(JSON.stringify(tokens), { headers: { "content-type": "application/json" } });
  await oauth.processAuthorizationCodeResponse(as, client, signed);
  await oauth.validateApplicationLevelSignature(as, signed, INSECURE);
  const forged = `${idToken.slice(0, -2)}${idToken.endsWith("AA") ? "BB" : "AA"}`;
  const other = new Response(JSON.stringify({ ...tokens, id_token: forged }), {
    headers: { "content-type": "application/json" },
  });
  await oauth.processAuthorizationCodeResponse(as, client, other);
  await assert.rejects(oauth.validateApplicationLevelSignature(as, other, INSECURE), /signature/i);
});

test("RFC 6749 §2.3.1: client_secret_basic, percent-encoded and as it is, and client_secret_post", async () => {
  for (const method of ["client_secret_basic", "client_secret_post"]) {
    const made = await tokensFor(world.base, "romeo", PASSWORD, {
      ...asWeb,
      metadata: { ...WEB, token_endpoint_auth_method: method },
    });
    const { client_id: id, client_secret: secret = "" } = made.client;
    const form = { token: made.tokens.access_token };
    const url = `${world.base}/oauth2/introspect`;
    const encoded = [encodeURIComponent(String(id)), encodeURIComponent(String(secret))] as const;
    for (const response of [
      await postForm(url, form, [String(id), String(secret)]),
      await postForm(url, form, encoded),
      await postForm(url, { ...form, client_id: String(id), client_secret: String(secret) }),
    ]) {
      assert.equal(((await response.json()) as { active?: unknown }).active, true, method);
    }
  }
});

test("RFC 6749 §5.2: a wrong secret, none, or a secret of another client is 401 invalid_client", async () => {
  const one = await register(world.base, WEB);
  const two = await register(world.base, WEB);
  const form = { grant_type: "authorization_code", code: "x", code_verifier: "y", redirect_uri: "z" };
  const url = `${world.base}/oauth2/token`;
  const id = one.client.client_id;
  const wrong = await postForm(url, form, [id, "0".repeat(64)]);
  assert.match(wrong.headers.get("www-authenticate") ?? "", /^Basic /);
  assert.deepEqual(await refusal(wrong), [401, "invalid_client"]);
  assert.deepEqual(await refusal(await postForm(url, form, [id, String(two.client.client_secret)])), [
    401,
    "invalid_client",
  ]);
  assert.deepEqual(await refusal(await postForm(url, { ...form, client_id: id })), [401, "invalid_client"]);
  const upper = String(one.client.client_secret).toUpperCase();
  assert.deepEqual(await refusal(await postForm(url, form, [id, upper])), [401, "invalid_client"]);
});

test("RFC 9700 §4.14.2: each refresh gives another refresh token; the old one used again ends all, and the session", async () => {
  const made = await tokensFor(world.base, "romeo", PASSWORD);
  const { as, client } = made;
  const first = String(made.tokens.refresh_token);
  const second = await oauth.processRefreshTokenResponse(as, client, await refresh(made, first));
  assert.notEqual(second.refresh_token, first);
  assert.equal(second.scope, "xmpp");
  const romeo = await world.loginByToken(second.access_token);
  assert.deepEqual(await refusal(await refresh(made, first)), [400, "invalid_grant"]);
  await romeo.ended();
  assert.deepEqual(await refusal(await refresh(made, String(second.refresh_token))), [400, "invalid_grant"]);
  assert.equal((await active(made, second.access_token)).active, false);
  await assert.rejects(world.loginByToken(second.access_token), /not-authorized/);
});

test("RFC 6749 §6: a refresh asks for no more than was allowed, and may ask for less", async () => {
  const made = await tokensFor(world.base, "romeo", PASSWORD, { params: { scope: "xmpp openid" } });
  const url = `${world.base}/oauth2/token`;
  const form = { grant_type: "refresh_token", client_id: made.client.client_id };
  const more = { ...form, refresh_token: String(made.tokens.refresh_token), scope: "xmpp xmpp:account:write" };
  assert.deepEqual(await refusal(await postForm(url, more)), [400, "invalid_scope"]);
  const less = await postForm(url, { ...more, scope: "openid" });
  const answer = (await less.json()) as oauth.TokenEndpointResponse;
  assert.equal(answer.scope, "openid");
  await assert.rejects(world.loginByToken(answer.access_token), /not-authorized/);
});

test("RFC 6749 §4.1.2: a code used twice ends the tokens made from it, and the session", async () => {
  const made = await tokensFor(world.base, "romeo", PASSWORD);
  const romeo = await world.loginByToken(made.tokens.access_token);
  const again = await postForm(`${world.base}/oauth2/token`, {
    grant_type: "authorization_code",
    client_id: made.client.client_id,
    code: made.code,
    code_verifier: made.asked.verifier,
    redirect_uri: REDIRECT,
  });
  assert.deepEqual(await refusal(again), [400, "invalid_grant"]);
  await romeo.ended();
  assert.equal((await active(made, made.tokens.access_token)).active, false);
  assert.deepEqual(await refusal(await refresh(made, String(made.tokens.refresh_token))), [400, "invalid_grant"]);
});

test("RFC 6749 §10.4: a refresh token is bound to its client", async () => {
  const made = await tokensFor(world.base, "romeo", PASSWORD);
  const other = await register(world.base, NATIVE);
  const token = String(made.tokens.refresh_token);
  assert.deepEqual(await refusal(await refresh({ ...made, client: other.client }, token)), [400, "invalid_grant"]);
  assert.equal((await refresh(made, token)).status, 200);
});

test("RFC 7662 §2.2, §4: a program learns of its own tokens, and of another's that they are not active", async () => {
  const made = await tokensFor(world.base, "romeo", PASSWORD);
  const own = await active(made, made.tokens.access_token);
  assert.equal(own.active, true);
  assert.equal(own.sub, "xmpp:romeo@localhost");
  assert.equal(own.username, "romeo@localhost");
  assert.equal(own.scope, "xmpp");
  assert.equal(own.client_id, made.client.client_id);
  assert.equal(Number(own.exp) - Number(own.iat), 3600); // the ancestor left both out: P16
  assert.equal((await active(made, String(made.tokens.refresh_token))).active, true);
  const other = await register(world.base, NATIVE);
  assert.deepEqual(await active(other, made.tokens.access_token), { active: false });
  assert.deepEqual(await active(made, "nonsense"), { active: false });
});

test("RFC 7009 §2.1: revoking either token ends the grant, and its sessions at once", async () => {
  for (const kind of ["access_token", "refresh_token"] as const) {
    const made = await tokensFor(world.base, "romeo", PASSWORD);
    const { as, client, auth, tokens } = made;
    const romeo = await world.loginByToken(tokens.access_token);
    const stays = await world.login("romeo@localhost/by-password");
    await oauth.processRevocationResponse(
      await oauth.revocationRequest(as, client, auth, String(tokens[kind]), INSECURE),
    );
    await romeo.ended();
    await stays.sync(); // of another credential: it stays
    stays.close();
    assert.equal((await active(made, tokens.access_token)).active, false);
    assert.deepEqual(await refusal(await refresh(made, String(tokens.refresh_token))), [400, "invalid_grant"]);
    await assert.rejects(world.loginByToken(tokens.access_token), /not-authorized/);
  }
});

test("RFC 7009 §2.2: an unknown token is 200; another client's token is 200 and stays", async () => {
  const made = await tokensFor(world.base, "romeo", PASSWORD);
  const url = `${world.base}/oauth2/revoke`;
  const own = { client_id: made.client.client_id };
  assert.equal((await postForm(url, { ...own, token: "unknown" })).status, 200);
  const other = await register(world.base, NATIVE);
  const foreign = { client_id: other.client.client_id, token: made.tokens.access_token };
  assert.equal((await postForm(url, foreign)).status, 200);
  assert.equal((await active(made, made.tokens.access_token)).active, true);
  assert.deepEqual(await refusal(await postForm(url, { token: made.tokens.access_token })), [400, "invalid_request"]);
  assert.deepEqual(await refusal(await postForm(url, own)), [400, "invalid_request"]);
});

test("RFC 6749 §5.1: what holds a secret is for no cache", async () => {
  const made = await tokensFor(world.base, "romeo", PASSWORD);
  for (const response of [
    await refresh(made, String(made.tokens.refresh_token)),
    await oauth.introspectionRequest(made.as, made.client, made.auth, made.tokens.access_token, INSECURE),
    await oauth.userInfoRequest(made.as, made.client, made.tokens.access_token, INSECURE),
  ]) {
    assert.equal(response.headers.get("cache-control"), "no-store", response.url);
  }
});
