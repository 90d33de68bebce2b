/** The same code, token or decision many times at once. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import * as oauth from "oauth4webapi";
import { Browser } from "../support/browser.ts";
import {
  authorizeUrl,
  INSECURE,
  logIn,
  REDIRECT,
  type Registered,
  register,
  tokensFor,
} from "../support/oauth-client.ts";
import { type OAuthWorld, postForm, startOAuth } from "../support/oauth-world.ts";
import { PASSWORD } from "../support/world.ts";

const MANY = 12;
let world: OAuthWorld;
let program: Registered;
before(async () => {
  world = await startOAuth();
  program = await register(world.base);
});
after(() => world[Symbol.asyncDispose]());

function many<T>(act: () => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: MANY }, act));
}

async function atConsent() {
  const asked = await authorizeUrl(program);
  const browser = new Browser();
  return { asked, browser, page: await logIn(browser, await browser.open(asked.url), "romeo", PASSWORD) };
}

/** The tokens of those that got some. */
async function given(answers: readonly Response[]): Promise<readonly oauth.TokenEndpointResponse[]> {
  for (const { status } of answers) assert.ok(status === 200 || status === 400, String(status));
  const good = answers.filter(({ status }) => status === 200);
  return Promise.all(good.map(async (answer) => (await answer.json()) as oauth.TokenEndpointResponse));
}

async function isActive(token: string | undefined): Promise<boolean> {
  const { as, client, auth } = program;
  const answer = await oauth.introspectionRequest(as, client, auth, String(token), INSECURE);
  return ((await answer.json()) as { readonly active: boolean }).active;
}

test("RFC 6749 §4.1.2: a code that is used many times at once gives one token at most, and that one ends", async () => {
  for (let round = 0; round < 3; round++) {
    const { asked, browser, page } = await atConsent();
    const end = await browser.post(page, page.forms[0]);
    const form = {
      grant_type: "authorization_code",
      client_id: program.client.client_id,
      code: new URL(end.url).searchParams.get("code") ?? "",
      code_verifier: asked.verifier,
      redirect_uri: REDIRECT,
    };
    const tokens = await given(await many(() => postForm(`${world.base}/oauth2/token`, form)));
    assert.ok(tokens.length <= 1, `${tokens.length} tokens`);
    for (const { access_token: token } of tokens) assert.equal(await isActive(token), false);
  }
});

test("RFC 9700 §4.14.2: a refresh token that is used many times at once ends all that came of it", async () => {
  for (let round = 0; round < 3; round++) {
    const made = await tokensFor(world.base, "romeo", PASSWORD);
    const form = {
      grant_type: "refresh_token",
      client_id: made.client.client_id,
      refresh_token: String(made.tokens.refresh_token),
    };
    const tokens = await given(await many(() => postForm(`${world.base}/oauth2/token`, form)));
    assert.ok(tokens.length <= 1, `${tokens.length} tokens`);
    for (const { access_token: token } of [made.tokens, ...tokens]) {
      const introspected = await postForm(`${world.base}/oauth2/introspect`, {
        client_id: made.client.client_id,
        token,
      });
      assert.deepEqual(await introspected.json(), { active: false });
    }
  }
});

test("who presses a button twice allows once", async () => {
  const { browser, page } = await atConsent();
  const ends = await many(() => browser.post(page, page.forms[0]));
  const codes = ends.filter(({ url }) => new URL(url).searchParams.has("code"));
  assert.ok(codes.length <= 1, `${codes.length} codes`);
  for (const { status, text } of ends) assert.ok(status === 303 || (status === 400 && text.includes("<h1>")), text);
});
