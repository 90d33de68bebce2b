/** `login.url`: answers of the application that are forged, or of somebody else. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { decodeJwt, type JWTPayload, SignJWT } from "jose";
import { Browser, type Page } from "../support/browser.ts";
import { authorizeUrl, type Registered, register } from "../support/oauth-client.ts";
import { type OAuthWorld, startOAuth } from "../support/oauth-world.ts";

const SECRET = "a-secret-of-the-application-0123456789";
const APPLICATION = "https://app.example.com/kith/login";
let world: OAuthWorld;
let program: Registered;
before(async () => {
  world = await startOAuth({ login: { url: APPLICATION, secret: SECRET } });
  program = await register(world.base);
});
after(() => world[Symbol.asyncDispose]());

interface Asked {
  readonly browser: Browser;
  readonly challenge: string;
  readonly claims: JWTPayload & Readonly<Record<string, unknown>>;
}

async function begin(browser = new Browser(), more: Record<string, string> = {}): Promise<Asked> {
  const { url } = await authorizeUrl(program, more);
  const sent = await browser.open(url);
  assert.ok(sent.url.startsWith(`${APPLICATION}?challenge=`), sent.url);
  const challenge = new URL(sent.url).searchParams.get("challenge") ?? "";
  return { browser, challenge, claims: decodeJwt(challenge) };
}

/** What the application answers. */
function answerTo(
  { claims }: Asked,
  more: Readonly<Record<string, unknown>> = {},
  secret = SECRET,
  typ = "kith-login-answer+jwt",
): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  const said = { sub: "romeo", jti: claims.jti, aud: claims.iss, exp: now + 60, ...more };
  const kept = Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined));
  return new SignJWT(kept).setProtectedHeader({ alg: "HS256", typ }).sign(Buffer.from(secret));
}

function comeBack({ browser, challenge, claims }: Asked, answer: string, by = browser): Promise<Page> {
  return by.open(`${String(claims["return"])}?${new URLSearchParams({ challenge, answer })}`);
}

test("RFC 8725 §3: an answer that is forged, late, for others, or no answer lets nobody in", async () => {
  const asked = await begin();
  const past = Math.floor(Date.now() / 1000) - 120;
  const none = [
    { alg: "none", typ: "kith-login-answer+jwt" },
    { sub: "romeo", jti: asked.claims.jti, aud: world.base },
  ];
  for (const answer of [
    "",
    "x",
    asked.challenge,
    await answerTo(asked, {}, "another-secret-0123456789-0123456789"),
    await answerTo(asked, {}, SECRET, "JWT"),
    await answerTo(asked, {}, SECRET, "kith-login-challenge+jwt"),
    await answerTo(asked, { exp: past }),
    await answerTo(asked, { exp: undefined }),
    await answerTo(asked, { aud: "https://elsewhere.example" }),
    await answerTo(asked, { aud: undefined }),
    await answerTo(asked, { jti: "another" }),
    await answerTo(asked, { jti: undefined }),
    await answerTo(asked, { sub: "" }),
    await answerTo(asked, { sub: "romeo@elsewhere.example" }),
    await answerTo(asked, { sub: "<script>alert(1)</script>" }),
    `${none.map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".")}.`,
  ]) {
    const page = await comeBack(asked, answer);
    assert.equal(page.status, 403, answer);
    assert.ok(page.text.includes("You were not logged in") && !page.text.includes("<script"), page.text);
  }
  const forged = await comeBack({ ...asked, challenge: await answerTo(asked) }, await answerTo(asked));
  assert.equal(forged.status, 403);
});

test("what the application refuses is told to the person, as text", async () => {
  const asked = await begin();
  const page = await comeBack(asked, await answerTo(asked, { error: "<b>You are not a member.</b>", sub: undefined }));
  assert.equal(page.status, 403);
  assert.ok(page.text.includes("&lt;b&gt;You are not a member."));
});
