/** `login.url`: who is logged in at the application only has to consent, and nobody else can be brought in that way. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import * as oauth from "oauth4webapi";
import { LoginChallengeError, loginChallenge } from "../../sdk/index.ts";
import { Browser, type Page } from "../support/browser.ts";
import { Client } from "../support/client.ts";
import { allow, authorizeUrl, INSECURE, REDIRECT, REGISTRATION_KEY, register } from "../support/oauth-client.ts";
import { startWorld, type World } from "../support/world.ts";

const SECRET = "a-secret-for-logins-of-at-least-32-characters";
const APP = "https://app.example.com/kith/login";

let world: World;
let base: string;

before(async () => {
  world = await startWorld({ oauth: { registrationKey: REGISTRATION_KEY }, login: { url: APP, secret: SECRET } });
  for (const name of ["john", "marie"]) await world.addUser(`${name}@localhost`);
  base = `http://127.0.0.1:${world.server.ports.http}`;
});
after(() => world[Symbol.asyncDispose]());

async function begin(browser: Browser, params: Readonly<Record<string, string>> = {}): Promise<Page> {
  const asked = await authorizeUrl(await register(base), params);
  return browser.open(asked.url);
}

test("somebody who is logged in at the application only has to consent", async () => {
  const browser = new Browser();
  const away = await begin(browser, { login_hint: "john@localhost" });
  assert.ok(away.url.startsWith(`${APP}?challenge=`), away.url);
  const challenge = await loginChallenge(away.url, { secret: SECRET });
  assert.equal(challenge.domain, "localhost");
  assert.deepEqual(challenge.client, { name: "Test Chat", uri: "https://app.example.com/", target: "this computer" });
  assert.equal(challenge.hint, "john");
  const consent = await browser.open(await challenge.accept("john"));
  assert.match(consent.text, /john@localhost/);
  const end = await allow(browser, consent);
  assert.ok(end.url.startsWith(`${REDIRECT}?code=`), end.url);
});

test("my apps and devices asks the application too, and a second look asks nobody", async () => {
  const browser = new Browser();
  const away = await browser.open(`${base}/oauth2/account`);
  const challenge = await loginChallenge(new URL(away.url), {
    secret: ["another-secret-that-is-older-than-the-first", SECRET],
  });
  assert.equal(challenge.client, undefined);
  const page = await browser.open(await challenge.accept("John"));
  assert.equal(page.status, 200);
  assert.match(page.text, /My apps and devices/);
  assert.match(page.text, /john@localhost/);
  assert.equal((await browser.open(`${base}/oauth2/account`)).status, 200);
});

test("prompt=login asks again, and the answer to it is taken: no loop", async () => {
  const browser = new Browser();
  const first = await loginChallenge((await begin(browser)).url, { secret: SECRET });
  await browser.open(await first.accept("john"));
  const away = await begin(browser, { prompt: "login" });
  const again = await loginChallenge(away.url, { secret: SECRET });
  const consent = await browser.open(await again.accept("john"));
  assert.equal(consent.status, 200);
  assert.match(consent.text, /john@localhost/);
});

test("RFC 9700 §4.7: an answer is for the browser that was asked, once, and for nothing but its question", async () => {
  const browser = new Browser();
  const challenge = await loginChallenge((await begin(browser)).url, { secret: SECRET });
  const answer = await challenge.accept("john");
  assert.equal((await new Browser().open(answer)).status, 403);
  const other = new Browser();
  const others = await loginChallenge((await begin(other)).url, { secret: SECRET });
  const mixed = new URL(await others.accept("marie"));
  mixed.searchParams.set("answer", new URL(answer).searchParams.get("answer") ?? "");
  assert.equal((await other.open(mixed.href)).status, 403);
  assert.equal((await browser.open(answer)).status, 200);
  assert.equal((await browser.open(answer)).status, 403);
});

test("a forged answer, a challenge in its place and a no let nobody in", async () => {
  for (const spoil of [
    (url: URL) => url.searchParams.set("answer", url.searchParams.get("challenge") ?? ""),
    (url: URL) => url.searchParams.set("answer", `${url.searchParams.get("answer")?.slice(0, -3)}AAA`),
    (url: URL) => url.searchParams.delete("answer"),
    (url: URL) => url.searchParams.set("challenge", "a.b.c"),
  ]) {
    const browser = new Browser();
    const challenge = await loginChallenge((await begin(browser)).url, { secret: SECRET });
    const url = new URL(await challenge.accept("john"));
    spoil(url);
    const page = await browser.open(url.href);
    assert.equal(page.status, 403);
    assert.doesNotMatch(page.text, /Allow/);
  }
  const browser = new Browser();
  const refused = await loginChallenge((await begin(browser)).url, { secret: SECRET });
  const page = await browser.open(await refused.deny("Your membership has ended."));
  assert.equal(page.status, 403);
  assert.match(page.text, /Your membership has ended\./);
});

test("the application's word is enough: whom it names needs no account here, and chats with the token", async () => {
  const accounts = { local: false };
  await using other = await startWorld({
    oauth: { registrationKey: REGISTRATION_KEY },
    login: { url: APP, secret: SECRET },
    accounts,
  });
  const registered = await register(`http://127.0.0.1:${other.server.ports.http}`);
  const asked = await authorizeUrl(registered);
  const browser = new Browser();
  const away = await browser.open(asked.url);
  const challenge = await loginChallenge(away.url, { secret: SECRET });
  const end = await allow(browser, await browser.open(await challenge.accept("zoe")));
  const { as, client, auth } = registered;
  const answer = oauth.validateAuthResponse(as, client, new URL(end.url), asked.state);
  const response = await oauth.authorizationCodeGrantRequest(
    as,
    client,
    auth,
    answer,
    REDIRECT,
    asked.verifier,
    INSECURE,
  );
  const { access_token } = await oauth.processAuthorizationCodeResponse(as, client, response);
  const who = { username: "zoe", domain: "localhost", password: access_token, resource: "guest" };
  const zoe = await Client.login(await other.open("tls"), who);
  assert.equal(zoe.jid, "zoe@localhost/guest");
});

test("the SDK takes no challenge that Kith did not sign, or that is too old", async () => {
  const { url } = await begin(new Browser());
  const secret = SECRET;
  await assert.rejects(
    loginChallenge(url, { secret: "another-secret-of-at-least-32-characters" }),
    LoginChallengeError,
  );
  await assert.rejects(loginChallenge(url, { secret, now: () => Date.now() + 3_600_000 }), LoginChallengeError);
  await assert.rejects(loginChallenge(APP, { secret }), LoginChallengeError);
  await assert.rejects(loginChallenge(`${APP}?challenge=a.b.c`, { secret }), LoginChallengeError);
  const challenge = await loginChallenge(url, { secret });
  assert.throws(() => challenge.accept("john@localhost"), RangeError);
});

test("whoever is not who is logged in there is asked again: after “not you”, after logging out, and for another's address", async () => {
  const browser = new Browser();
  const read = async (page: Page): ReturnType<typeof loginChallenge> => loginChallenge(page.url, { secret: SECRET });
  const first = await read(await begin(browser));
  assert.equal(first.again, false);
  const consent = await browser.open(await first.accept("john"));
  const notMe = consent.forms.find(({ buttons }) => buttons.some(({ value }) => value === "switch"));
  const switched = await read(await browser.post(consent, notMe));
  assert.equal(switched.again, true);
  assert.match((await browser.open(await switched.accept("marie"))).text, /marie@localhost/);

  const account = await browser.open(`${base}/oauth2/account`);
  const form = account.forms.find(({ fields }) => fields["kind"]?.[0] === "log-out");
  const out = await read(await browser.post(account, form));
  assert.equal(out.again, true);
  assert.match((await browser.open(await out.accept("john"))).text, /My apps and devices/);

  const hinted = await read(await begin(browser, { login_hint: "marie@localhost" }));
  assert.equal(hinted.again, true);
  assert.equal(hinted.hint, "marie");
  assert.equal((await begin(browser, { login_hint: "john@localhost" })).status, 200);
});

test("CSP 3 §6.4.1: forms that lead to the application are allowed to", async () => {
  const policy = (page: Page): string => page.headers.get("content-security-policy") ?? "";
  const allowed = /form-action 'self'[^;]* https:\/\/app\.example\.com(;| )/;
  const browser = new Browser();
  const challenge = await loginChallenge((await begin(browser)).url, { secret: SECRET });
  const consent = await browser.open(await challenge.accept("john"));
  assert.match(policy(consent), allowed);
  assert.match(policy(await browser.open(`${base}/oauth2/account`)), allowed);
  assert.match(policy(await browser.open(`${base}/oauth2/device`)), allowed);
});
