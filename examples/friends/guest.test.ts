/** A program that nobody has registered gets in to the demonstration: Guest Chat's files, and the way it goes, by another client. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { Browser } from "../../test/support/browser.ts";
import { allow, authorizeUrl, REDIRECT, register } from "../../test/support/oauth-client.ts";
import { ANY_PORTS, type Demo, startDemo } from "./demo.ts";
import { createGuest } from "./guest.ts";

const guest = createGuest({ address: "john@localhost", kithUrl: "http://127.0.0.1:5280" });
const get = async (path: string, host = "127.0.0.1:3001"): Promise<Response> => guest.request(`http://${host}${path}`);

test("Guest Chat's page runs its own files and strophe.js, and may reach any server", async () => {
  const page = await get("/");
  assert.match(page.headers.get("content-type") ?? "", /^text\/html/);
  const policy = page.headers.get("content-security-policy") ?? "";
  assert.match(policy, /script-src 'self';/);
  assert.match(policy, /connect-src http: https: ws: wss:;/);
  for (const file of ["main.js", "oauth.js", "xmpp.js", "view.js", "guest.css", "icon.svg", "strophe.js"]) {
    assert.equal((await get(`/${file}`)).status, 200, file);
  }
  assert.deepEqual(await (await get("/demo.json")).json(), {
    address: "john@localhost",
    server: "http://127.0.0.1:5280",
    account: "http://127.0.0.1:5280/oauth2/account",
  });
  assert.equal((await get("/..%2ffriends%2fdemo.ts")).status, 404);
  assert.equal((await get("/", "evil.example:3001")).status, 403);
});

async function withDemo(use: (demo: Demo) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "friends-"));
  const demo = await startDemo(folder, ANY_PORTS);
  try {
    await use(demo);
  } finally {
    await demo.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A page of the application, whose HTML the browser of tests does not read; `cookie` as a browser would bring it. */
async function atApplication(url: string, cookie = ""): Promise<{ text: string; cookie: string; location: string }> {
  const response = await fetch(url, { redirect: "manual", headers: { cookie } });
  return {
    text: await response.text(),
    cookie: response.headers.getSetCookie()[0]?.split(";")[0] ?? "",
    location: response.headers.get("location") ?? "",
  };
}

test("who opened their page only consents; whoever is somebody else is asked by the application", async () => {
  await withDemo(async (demo) => {
    const browser = new Browser();
    const { cookie } = await atApplication(`${demo.url}/john`);
    const registered = await register(demo.kithUrl);
    const begin = async (hint: string): Promise<string> => {
      return (await browser.open((await authorizeUrl(registered, { login_hint: hint })).url)).url;
    };

    const away = await begin("john@localhost");
    assert.ok(away.startsWith(`${demo.url}/kith/login?challenge=`), away);
    const { location: back } = await atApplication(away, cookie);
    assert.ok(back.startsWith(`${demo.kithUrl}/oauth2/return?`), back);
    const consent = await browser.open(back);
    assert.match(consent.text, /john@localhost/);
    const end = await allow(browser, consent);
    assert.ok(end.url.startsWith(`${REDIRECT}?code=`), end.url);

    const other = await atApplication(await begin("marie@localhost"), cookie);
    assert.match(other.text, /Who are you\?/);
    assert.match(other.text, /<b>Test Chat<\/b> asks to chat as you/);
    const [, href = ""] = /href="([^"]*user=marie)"/.exec(other.text) ?? [];
    const chosen = await atApplication(new URL(href.replaceAll("&amp;", "&"), demo.url).href, cookie);
    assert.match((await browser.open(chosen.location)).text, /marie@localhost/);
    assert.notEqual(chosen.cookie, cookie);
  });
});

test("a half of a window logs nobody in", async () => {
  await withDemo(async (demo) => {
    const framed = await fetch(`${demo.url}/john`, { headers: { "sec-fetch-dest": "iframe" } });
    assert.deepEqual(framed.headers.getSetCookie(), []);
  });
});

test("the application answers no challenge but Kith's", async () => {
  await withDemo(async (demo) => {
    for (const query of ["", "?challenge=a.b.c", "?challenge=a.b.c&user=john"]) {
      const answer = await fetch(`${demo.url}/kith/login${query}`, { redirect: "manual" });
      assert.equal(answer.status, 400, query);
    }
  });
});
