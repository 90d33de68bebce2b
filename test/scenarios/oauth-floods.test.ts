/** Nobody who is not logged in makes the authorization server write or grow; limits by address. RFC 9700 §4, RFC 8628 §5.2. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { heapInUse } from "../support/heap.ts";
import { authorizeUrl, register } from "../support/oauth-client.ts";
import { postForm, startOAuth } from "../support/oauth-world.ts";
import { onDisk } from "../support/on-disk.ts";
import { PASSWORD } from "../support/world.ts";

/** So many calls, some at once. */
async function flood(count: number, call: (n: number) => Promise<Response>): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) {
      const response = await call(next++);
      assert.ok(response.status < 400, String(response.status));
      await response.arrayBuffer();
    }
  };
  await Promise.all(Array.from({ length: 8 }, worker));
}

test("a flood of authorizations and device codes writes no row and no octet, and memory has a bound", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "kith-test-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const limits = { oauth: { underWay: 50 } };
  await using world = await startOAuth({ storage: `sqlite:${join(folder, "kith.sqlite")}`, limits });
  const program = await register(world.base);
  const { url } = await authorizeUrl(program, { state: "s".repeat(13_000) });
  const device = String(program.as.device_authorization_endpoint);
  const authorize = () => fetch(url, { redirect: "manual" });
  const begin = () => postForm(device, { client_id: program.client.client_id });
  await flood(100, authorize); // what is loaded and compiled at the first of them is no growth
  await flood(100, begin);
  const before = onDisk(folder);
  const heap = await heapInUse();
  await flood(600, authorize);
  await flood(300, begin);
  const grown = (await heapInUse()) - heap;
  assert.deepEqual(onDisk(folder), before);
  // Six hundred authorizations of these would be 7 MB; what the runtime warms up to is 2.
  assert.ok(grown < 4_000_000, `${grown} octets`);
});

test("limits.oauth.pages: who begins more at once has to wait, by the address behind a trusted proxy; loopback does not", async (t) => {
  t.mock.timers.enable({ apis: ["Date"], now: Date.now() }); // nothing refills meanwhile
  const limits = { oauth: { pages: 3, pagesPerSecond: 1 } };
  await using world = await startOAuth({ limits, http: { trustProxy: ["127.0.0.1"] } });
  const program = await register(world.base);
  const { url } = await authorizeUrl(program);
  const from = (address: string | undefined, to = url, init: RequestInit = {}) =>
    fetch(to, { redirect: "manual", ...init, headers: address === undefined ? {} : { "x-forwarded-for": address } });
  const many = async (address: string | undefined, to?: string, init?: RequestInit) => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => from(address, to, init)));
    for (const { status, headers } of answers) {
      assert.equal(headers.has("retry-after"), status === 429);
      if (status === 429) assert.match(headers.get("retry-after") ?? "", /^[1-9]\d*$/);
    }
    return answers.filter(({ status }) => status === 429).length;
  };
  assert.equal(await many("198.51.100.7"), 17);
  assert.equal(await many("2001:db8::1"), 17);
  const body = new URLSearchParams({ client_id: program.client.client_id });
  const device = String(program.as.device_authorization_endpoint);
  assert.equal(await many("198.51.100.8", device, { method: "POST", body }), 17);
  const typed = { method: "POST", body: new URLSearchParams({ user_code: "BCDF-GHJK" }) };
  assert.equal(await many("198.51.100.9", `${world.base}/oauth2/device`, typed), 17); // RFC 8628 §5.1
  assert.equal((await from("2001:db8::ffff:1")).status, 429, "the same /64");
  assert.equal((await from("2001:db8:0:1::1")).status, 303, "another /64");
  assert.equal((await from("203.0.113.1")).status, 303, "another address");
  assert.equal((await from("203.0.113.2, 198.51.100.7")).status, 429, "what a client claims of itself");
  assert.equal(await many(undefined), 0);
  assert.equal(await many("127.0.0.1"), 0);
  const seen = await fetch(url, {
    redirect: "manual",
    headers: { "x-forwarded-for": "198.51.100.7", accept: "text/html,application/xhtml+xml" },
  });
  assert.equal(seen.status, 429);
  assert.match(seen.headers.get("content-security-policy") ?? "", /default-src 'none'/);
  assert.match(await seen.text(), /Not so fast/);
  t.mock.timers.tick(1000);
  assert.equal((await from("198.51.100.7")).status, 303, "a second later");
});

test("X-Forwarded-For of an address that is no trusted proxy counts for nothing", async () => {
  const limits = { oauth: { pages: 1, pagesPerSecond: 1 } };
  await using world = await startOAuth({ limits });
  const { url } = await authorizeUrl(await register(world.base));
  for (let n = 0; n < 5; n++) {
    const headers = {
      "x-forwarded-for": "198.51.100.7",
      "x-forwarded-host": "evil.example",
      "x-forwarded-proto": "https",
    };
    const answer = await fetch(url, { redirect: "manual", headers });
    assert.equal(answer.status, 303);
    assert.match(answer.headers.get("location") ?? "", /^\/oauth2\/login\//);
    assert.doesNotMatch(answer.headers.get("set-cookie") ?? "", /secure/i);
  }
  const metadata = await fetch(`${world.base}/.well-known/oauth-authorization-server`, {
    headers: { "x-forwarded-host": "evil.example" },
  });
  assert.equal(((await metadata.json()) as { readonly issuer?: unknown }).issuer, world.base);
});

test("docs/security.md, limits: one address has so many passwords judged at once and no more; others and loopback go on", async () => {
  const limits = { login: { wrong: 1, wrongPerSecond: 1 } }; // so that wrong ones are held back
  await using world = await startOAuth({ limits, http: { trustProxy: ["127.0.0.1"] } });
  const account = `${world.base}/oauth2/account`;
  const page = await fetch(account);
  const cookie = page.headers.getSetCookie()[0]?.split(";")[0] ?? "";
  const csrf = /name="csrf" value="([^"]+)"/.exec(await page.text())?.[1] ?? "";
  const over = new AbortController();
  const post = async (address: string, username: string, password: string): Promise<number> => {
    const body = new URLSearchParams({ csrf, username, password });
    const headers = { cookie, "x-forwarded-for": address };
    const init = { method: "POST", headers, body, redirect: "manual", signal: over.signal } as const;
    return (await fetch(account, init)).status;
  };
  assert.equal(await post("198.51.100.7", "nobody", "wrong"), 403);
  const enough = Promise.withResolvers<string>();
  let refused = 0;
  const all = Array.from({ length: 100 }, async (_, n) => {
    const status = await post("198.51.100.7", `nobody-${n}`, "wrong").catch(() => 0);
    if (status === 429 && ++refused === 30) enough.resolve("refused");
  });
  // 36 are too many; each second one more of the others is answered and makes room.
  const all403 = Promise.all(all).then(() => "judged");
  assert.equal(await Promise.race([enough.promise, all403]), "refused");
  for (const address of ["198.51.100.8", "127.0.0.1"]) assert.equal(await post(address, "romeo", PASSWORD), 303);
  over.abort();
  await Promise.all(all);
});
