/** `npm run interop`: the examples in other languages, with a Kith beside them. Each is skipped when its language is not installed. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { signWebhook } from "../../sdk/index.ts";
import { serialise } from "../../src/xmpp/xml/write.ts";
import { startWorld, TOKEN } from "../support/world.ts";

const BEARER = "what-kith-shows-to-the-application";
const SECRET = `whsec_${btoa("0123456789abcdef0123456789abcdef")}`;

const example = (path: string): string => fileURLToPath(new URL(`../../examples/${path}`, import.meta.url));

const LANGUAGES = [
  {
    name: "PHP",
    program: "php",
    packages: "php-cli",
    start: (port: number) => ["-S", `127.0.0.1:${port}`, example("php/contacts.php")],
  },
  { name: "Python", program: "python3", packages: "python3", start: () => [example("python/contacts.py")] },
] as const;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

/** Answers, whatever it answers. */
async function ready(url: string, child: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if (child.exitCode !== null) break;
    const response = await fetch(url).catch(() => undefined); // it does not listen yet
    if (response !== undefined) return;
    await sleep(50);
  }
  throw new Error("the application did not start");
}

for (const { name, program, packages, start } of LANGUAGES) {
  const skip =
    spawnSync(program, ["--version"]).status === 0
      ? false
      : `${name} is not installed (Debian: apt-get install ${packages})`;

  test(`the ${name} example serves contacts, checks signatures and refreshes`, { skip, timeout: 60_000 }, async () => {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const folder = mkdtempSync(join(tmpdir(), "kith-example-"));
    await using world = await startWorld({
      contacts: { url: `${url}/contacts/%s`, batchUrl: `${url}/batch`, bearer: BEARER, secret: SECRET },
    });
    const app = spawn(program, start(port), {
      stdio: ["ignore", "ignore", "ignore"],
      env: {
        ...process.env,
        PORT: String(port),
        PEOPLE: join(folder, "people.json"),
        KITH_URL: `http://127.0.0.1:${world.server.ports.http}`,
        KITH_TOKEN: TOKEN,
        CONTACTS_BEARER: BEARER,
        CONTACTS_SECRET: SECRET,
        // PHP's own server answers one call at a time, and Kith asks while it is answering "befriend".
        PHP_CLI_SERVER_WORKERS: "4",
      },
    });
    try {
      await ready(url, app);
      const john = await world.online("john@localhost");
      const befriended = await fetch(`${url}/befriend/john/aaron`, { method: "POST" });
      assert.equal(((await befriended.json()) as { updated: number }).updated, 2);
      const push = await john.next((stanza) => stanza.name === "iq" && stanza.attrs["type"] === "set");
      assert.match(serialise(push, "jabber:client"), /<item [^>]*jid=.aaron@localhost/);

      const get = (user: string, headers: Record<string, string> = {}): Promise<Response> =>
        fetch(`${url}/contacts/${user}`, { headers: { authorization: `Bearer ${BEARER}`, ...headers } });
      const marie = await get("marie");
      assert.deepEqual(await marie.json(), { "john@localhost": { name: "John" } });
      assert.equal((await get("marie", { "if-none-match": marie.headers.get("etag") ?? "" })).status, 304);
      assert.equal((await get("ghost")).status, 404);
      assert.equal((await get("marie", { authorization: "Bearer wrong" })).status, 401);

      const post = async (path: string, payload: unknown, secret = SECRET, at = Date.now()): Promise<Response> => {
        const body = JSON.stringify(payload);
        return fetch(`${url}/${path}`, { method: "POST", body, headers: await signWebhook("msg_1", body, secret, at) });
      };
      const batch = await post("batch", { users: ["marie", "ghost"] });
      assert.deepEqual(await batch.json(), { marie: { "john@localhost": { name: "John" } }, ghost: null });
      assert.equal((await post("batch", { users: [] }, `whsec_${btoa("another")}`)).status, 401);
      assert.equal((await post("batch", { users: [] }, SECRET, Date.now() - 3_600_000)).status, 401);
      const proposal = { id: "p1", type: "add", user: "marie", contact: "aaron@localhost" };
      assert.deepEqual(await (await post("proposals", proposal)).json(), { decision: "accept" });
      const later = (await (await get("aaron")).json()) as Record<string, unknown>;
      assert.deepEqual(Object.keys(later).sort(), ["john@localhost", "marie@localhost"]);
    } finally {
      app.kill();
      rmSync(folder, { recursive: true, force: true });
    }
  });
}
