/** RFC 7591 with nothing stored: a flood of registrations writes nothing and is forgotten. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { systemClock } from "../../src/clock.ts";
import { parseConfig } from "../../src/config/parse.ts";
import { silentLog } from "../../src/log.ts";
import { startParts } from "../../src/parts.ts";
import { heapInUse } from "../support/heap.ts";
import { onDisk } from "../support/on-disk.ts";
import { startWorld } from "../support/world.ts";

const OAUTH = { registrationKey: "correct-horse-battery-staple-0123456789" };
const UNLIMITED = { oauth: { registrations: 1_000_000, registrationsPerSecond: 1_000_000 } };

type Send = (path: string, init: RequestInit) => Response | Promise<Response>;

async function register(send: Send, name: string): Promise<Response> {
  const body = { client_name: name, client_uri: "https://a.example/", redirect_uris: ["https://a.example/cb"] };
  const headers = { "content-type": "application/json" };
  return send("/oauth2/register", { method: "POST", headers, body: JSON.stringify(body) });
}

async function flood(send: Send, count: number): Promise<void> {
  for (let made = 0; made < count; made++) {
    const answer = await register(send, `client ${made}`);
    assert.equal(answer.status, 201);
    await answer.arrayBuffer();
  }
}

test("RFC 7591: a flood of registrations writes no row and no octet, and no memory is left with it", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "kith-test-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  await using opened = new AsyncDisposableStack();
  const storage = `sqlite:${join(folder, "kith.sqlite")}`;
  const parsed = parseConfig(
    { domain: "localhost", contacts: { url: "http://127.0.0.1:1/%s" }, storage, oauth: OAUTH, limits: UNLIMITED },
    { folder, environment: {} },
  );
  assert.ok(parsed.ok);
  const { app } = startParts(parsed.config, { log: silentLog, clock: systemClock, dataFolder: folder }, opened);
  const send: Send = (path, init) => app.request(path, init);
  await flood(send, 500); // what is loaded and compiled at the first of them is no growth
  const before = onDisk(folder);
  const heap = await heapInUse();
  await flood(send, 2000);
  const grown = (await heapInUse()) - heap;
  assert.deepEqual(onDisk(folder), before);
  // 2000 clients with id, secret and metadata would be 3 MB.
  assert.ok(grown < 1_500_000, `${grown} octets`);
});

test("limits.oauth.registrations: who registers more at once has to wait, on loopback too", async () => {
  await using w = await startWorld({
    oauth: OAUTH,
    limits: { oauth: { registrations: 2, registrationsPerSecond: 1 } },
  });
  const answers = await Promise.all(Array.from({ length: 40 }, (_, i) => register(w.http, `client ${i}`)));
  const registered = answers.filter(({ status }) => status === 201).length;
  const limited = answers.filter(({ status }) => status === 429);
  assert.equal(registered + limited.length, 40);
  assert.ok(registered >= 2 && limited.length > 0, String(registered));
  for (const { headers } of limited) assert.match(headers.get("retry-after") ?? "", /^[1-9]\d*$/);
});

test("without oauth.registrationKey there is no /oauth2/register", async () => {
  await using w = await startWorld();
  assert.equal((await register(w.http, "client")).status, 404);
});
