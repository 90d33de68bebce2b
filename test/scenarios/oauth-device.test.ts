/** RFC 8628: a device without a browser, its code in a browser without scripts. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import * as oauth from "oauth4webapi";
import { Browser, type Page } from "../support/browser.ts";
import { allow, INSECURE, logIn, type Registered, register } from "../support/oauth-client.ts";
import { type OAuthWorld, postForm, refusal, startOAuth } from "../support/oauth-world.ts";
import { PASSWORD } from "../support/world.ts";

let world: OAuthWorld;
let tv: Registered;
before(async () => {
  world = await startOAuth();
  await world.addUser("juliet@localhost");
  tv = await register(world.base);
});
after(() => world[Symbol.asyncDispose]());

async function ask(scope = "xmpp"): Promise<oauth.DeviceAuthorizationResponse> {
  const { as, client, auth } = tv;
  const response = await oauth.deviceAuthorizationRequest(as, client, auth, { ...(scope && { scope }) }, INSECURE);
  return oauth.processDeviceAuthorizationResponse(as, client, response);
}

function poll({ device_code: code }: oauth.DeviceAuthorizationResponse): Promise<Response> {
  const { as, client, auth } = tv;
  return oauth.deviceCodeGrantRequest(as, client, auth, code, INSECURE);
}

async function tokensOf(device: oauth.DeviceAuthorizationResponse): Promise<oauth.TokenEndpointResponse> {
  return oauth.processDeviceCodeResponse(tv.as, tv.client, await poll(device));
}

/** Types the code, and says that the device shows it. */
async function enter(browser: Browser, device: oauth.DeviceAuthorizationResponse, typed: string): Promise<Page> {
  const page = await browser.open(device.verification_uri);
  const confirm = await browser.post(page, page.forms[0], { user_code: typed });
  if (confirm.status !== 200) return confirm;
  assert.ok(confirm.text.includes(device.user_code), "the code to compare");
  return browser.post(confirm, confirm.forms[0]);
}

async function letIn(browser: Browser, device: oauth.DeviceAuthorizationResponse): Promise<Page> {
  return allow(browser, await logIn(browser, await enter(browser, device, device.user_code), "romeo", PASSWORD));
}

test("RFC 8628 §3.2, §3.5: pending, then tokens that chat; the code is good once", async () => {
  const device = await ask();
  assert.match(device.user_code, /^[B-Z]{4}-[B-Z]{4}$/);
  assert.equal(device.verification_uri, `${world.base}/oauth2/device`);
  assert.equal(device.expires_in, 600);
  assert.deepEqual(await refusal(await poll(device)), [400, "authorization_pending"]);
  const done = await letIn(new Browser(), device);
  assert.ok(done.text.includes("Your device is logged in"), done.text);
  const tokens = await tokensOf(device);
  assert.equal(tokens.scope, "xmpp");
  assert.ok(tokens.refresh_token);
  const romeo = await world.loginByToken(tokens.access_token);
  assert.match(romeo.jid, /^romeo@localhost\//);
  // RFC 6749 §4.1.2, in kind: a device code used twice ends what it gave.
  assert.deepEqual(await refusal(await poll(device)), [400, "invalid_grant"]);
  await romeo.ended();
});

test("RFC 6749 §3.3: a device that names no scope may chat", async () => {
  const device = await ask("");
  await letIn(new Browser(), device);
  assert.equal((await tokensOf(device)).scope, "xmpp:client:normal");
});

test("RFC 8628 §6.1: the code in the forms in which people type it", async () => {
  for (const typed of [
    (code: string) => code.toLowerCase(),
    (code: string) => code.replace("-", ""),
    (code: string) => ` ${code.replace("-", " ")} `,
    (code: string) => code.split("").join("."),
    (code: string) => code.replace("-", "–"),
  ]) {
    const device = await ask();
    const page = await enter(new Browser(), device, typed(device.user_code));
    assert.ok(page.forms[0]?.inputs.includes("password"), typed(device.user_code));
  }
});

test("RFC 8628 §3.3.1, §5.4: the address with the code in it fills in the form, and the code is compared all the same", async () => {
  const device = await ask();
  const browser = new Browser();
  const page = await browser.open(String(device.verification_uri_complete));
  assert.equal(page.status, 200);
  assert.ok(!page.text.includes("<script"));
  assert.deepEqual(page.forms[0]?.fields["user_code"], [device.user_code]);
  const confirm = await browser.post(page, page.forms[0]);
  assert.ok(confirm.text.includes("Is this your device?"));
  assert.ok(confirm.text.includes("Test Chat") && confirm.text.includes("a device without a browser"));
  assert.deepEqual(await refusal(await poll(device)), [400, "authorization_pending"]);
  const login = await browser.post(confirm, confirm.forms[0]);
  await allow(browser, await logIn(browser, login, "romeo", PASSWORD));
  assert.ok((await tokensOf(device)).access_token);
});

test("RFC 8628 §3.5: who does not know the code, cancels the log-in or denies it, ends in access_denied", async () => {
  for (const end of [
    async (browser: Browser, device: oauth.DeviceAuthorizationResponse) => {
      const page = await browser.open(device.verification_uri);
      const confirm = await browser.post(page, page.forms[0], { user_code: device.user_code });
      return browser.post(confirm, confirm.forms[1]);
    },
    async (browser: Browser, device: oauth.DeviceAuthorizationResponse) => {
      const login = await enter(browser, device, device.user_code);
      return browser.post(login, login.forms[1]);
    },
    async (browser: Browser, device: oauth.DeviceAuthorizationResponse) => {
      const consent = await logIn(browser, await enter(browser, device, device.user_code), "romeo", PASSWORD);
      return browser.post(consent, consent.forms[1]);
    },
  ]) {
    const device = await ask();
    const page = await end(new Browser(), device);
    assert.ok(page.text.includes("Nothing was allowed"), page.text);
    assert.deepEqual(await refusal(await poll(device)), [400, "access_denied"]);
  }
});

test("RFC 8628 §5.1: a wrong code, none, and one that was used already are asked for again", async () => {
  const device = await ask();
  for (const [typed, said] of [
    ["BCDF-GHJK", "There is no such code"],
    ["nonsense", "There is no such code"],
    ["", "Enter the code"],
    ['"><script>alert(1)</script>', "There is no such code"],
  ] as const) {
    const page = await enter(new Browser(), device, typed);
    assert.equal(page.status, 400, typed);
    assert.ok(page.text.includes(said), page.text);
    assert.ok(!page.text.includes("<script"));
    assert.ok(page.forms[0]?.inputs.includes("user_code"), "the form again");
  }
  const browser = new Browser();
  await letIn(browser, device);
  const used = await enter(browser, device, device.user_code);
  assert.ok(used.text.includes("used already"), used.text);
});

test("RFC 8628 §3.5: an expired code is said to be expired, to the device and to the person", async (t) => {
  t.mock.timers.enable({ apis: ["Date"], now: Date.now() });
  const device = await ask();
  t.mock.timers.tick(601_000);
  assert.deepEqual(await refusal(await poll(device)), [400, "expired_token"]);
  const page = await enter(new Browser(), device, device.user_code);
  assert.ok(page.text.includes("This code has expired"), page.text);
});

test("RFC 8628 §5.3: a device code is bound to its client, and the form to its browser", async () => {
  const device = await ask();
  const other = await register(world.base);
  const form = {
    grant_type: "urn:ietf:params:oauth:grant-type:device_code",
    device_code: device.device_code,
    client_id: other.client.client_id,
  };
  assert.deepEqual(await refusal(await postForm(`${world.base}/oauth2/token`, form)), [400, "invalid_grant"]);
  const page = await new Browser().open(device.verification_uri);
  const xsrf = page.forms[0]?.fields["xsrf"]?.[0] ?? "";
  for (const [browser, token] of [
    [new Browser(), xsrf],
    [new Browser(), ""],
  ] as const) {
    await browser.open(device.verification_uri);
    const answer = await browser.post(page, page.forms[0], {
      user_code: device.user_code,
      confirm: "yes",
      xsrf: token,
    });
    assert.ok(answer.status >= 400 && answer.text.includes("open for too long"), answer.text);
  }
  const { status } = await postForm(device.verification_uri, { user_code: device.user_code, confirm: "yes", xsrf });
  assert.equal(status, 400);
  assert.deepEqual(await refusal(await poll(device)), [400, "authorization_pending"]);
});

test("RFC 8628 §3.3: somebody else logs in in the middle, and it is their device", async () => {
  const device = await ask("openid xmpp");
  const browser = new Browser();
  const consent = await logIn(browser, await enter(browser, device, device.user_code), "romeo", PASSWORD);
  assert.ok(consent.text.includes("romeo@localhost"));
  const again = await browser.post(consent, consent.forms[2]);
  assert.deepEqual(again.forms[0]?.fields["user_code"]?.[0]?.replace("-", ""), device.user_code.replace("-", ""));
  const confirm = await browser.post(again, again.forms[0]);
  const login = await browser.post(confirm, confirm.forms[0]);
  assert.ok(login.forms[0]?.inputs.includes("password"), login.text);
  await allow(browser, await logIn(browser, login, "juliet", PASSWORD));
  const { access_token: token } = await tokensOf(device);
  const juliet = await world.loginByToken(token, "juliet");
  assert.match(juliet.jid, /^juliet@localhost\//);
});

test("RFC 8628 §3.1: a client that is not registered for it gets no device code", async () => {
  const plain = await register(world.base, {
    client_name: "Web",
    client_uri: "https://app.example.com/",
    redirect_uris: ["https://app.example.com/cb"],
    token_endpoint_auth_method: "none",
  });
  const url = String(plain.as.device_authorization_endpoint);
  const answer = await postForm(url, { client_id: plain.client.client_id });
  assert.deepEqual(await refusal(answer), [400, "invalid_request"]);
  assert.deepEqual(await refusal(await postForm(url, { client_id: "nonsense" })), [401, "invalid_client"]);
  assert.deepEqual(await refusal(await postForm(url, {})), [400, "invalid_request"]);
});
