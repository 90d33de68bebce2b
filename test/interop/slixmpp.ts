/** `npm run interop`: clients of others that are not from npm. Each is skipped with its reason when it is not installed. */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { loginToken } from "../../sdk/index.ts";
import { tokensFor } from "../support/oauth-client.ts";
import { startOAuth } from "../support/oauth-world.ts";
import { PASSWORD, startWorld } from "../support/world.ts";

const PYTHON = "/usr/bin/python3";
const CLIENT = fileURLToPath(new URL("./slixmpp_client.py", import.meta.url));

function missing(): string | false {
  const found = spawnSync(PYTHON, ["-c", "import slixmpp"]);
  return found.status === 0 ? false : "slixmpp is not installed (Debian: apt-get install python3-slixmpp)";
}

type Event = Readonly<Record<string, unknown>> & { readonly event: string };

test("slixmpp logs in with STARTTLS, sees contacts, a change, presence, and chats", {
  skip: missing(),
  timeout: 60_000,
}, async () => {
  await using world = await startWorld();
  world.app.contacts.set("romeo", { "juliet@localhost": { name: "Juliet", groups: ["Verona"] } });
  world.app.contacts.set("juliet", { "romeo@localhost": {} });
  await world.addUser("romeo@localhost");
  const juliet = await world.online("juliet@localhost/balcony");

  const romeo = spawn(PYTHON, [CLIENT, "romeo@localhost", PASSWORD, "127.0.0.1", String(world.server.ports.c2s)], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = createInterface(romeo.stdout)[Symbol.asyncIterator]();
  const next = async (kind: string, fits: (event: Event) => boolean = () => true): Promise<Event> => {
    for (;;) {
      const line = await lines.next();
      assert.ok(!line.done, `slixmpp ended before "${kind}"`);
      const event = JSON.parse(line.value) as Event;
      // slixmpp 1.8 says in SCRAM that the server offers no -PLUS though it does, is refused (RFC 5802 §6), and goes on to PLAIN.
      if (event.event === kind && fits(event)) return event;
    }
  };

  assert.deepEqual((await next("roster"))["items"], {
    "juliet@localhost": { name: "Juliet", groups: ["Verona"], subscription: "both" },
  });
  assert.match(String((await next("ready"))["tls"]), /^TLSv1\.[23]$/);
  await next("online", (event) => event["jid"] === "juliet@localhost/balcony");
  await juliet.next((s) => s.name === "presence" && (s.attrs["from"] ?? "").startsWith("romeo@localhost/"));

  world.app.contacts.set("romeo", { "juliet@localhost": { name: "Jules" } });
  await world.refresh(["romeo"]);
  assert.deepEqual((await next("roster"))["items"], {
    "juliet@localhost": { name: "Jules", groups: [], subscription: "both" },
  });

  romeo.stdin.write(`${JSON.stringify({ do: "send", to: "juliet@localhost", body: "But <soft> & low" })}\n`);
  const message = await juliet.next((s) => s.name === "message");
  assert.ok(
    message.children.some(
      (child) => typeof child === "object" && child.name === "body" && child.children[0] === "But <soft> & low",
    ),
  );

  world.app.contacts.set("romeo", {});
  await world.refresh(["romeo"]);
  await next("offline", (event) => event["jid"] === "juliet@localhost/balcony");
  romeo.stdin.write(`${JSON.stringify({ do: "quit" })}\n`);
  await juliet.next((s) => s.attrs["type"] === "unavailable");
});

/** It logs in with this as its password, and its roster comes. */
async function logsIn(port: number | undefined, password: string): Promise<void> {
  const romeo = spawn(PYTHON, [CLIENT, "romeo@localhost", password, "127.0.0.1", String(port)], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  for await (const line of createInterface(romeo.stdout)) {
    const event = JSON.parse(line) as Event;
    if (event.event !== "roster") continue;
    assert.deepEqual(event["items"], { "juliet@localhost": { name: "Juliet", groups: [], subscription: "both" } });
    romeo.stdin.write(`${JSON.stringify({ do: "quit" })}\n`);
    return;
  }
  assert.fail("slixmpp ended before its roster came");
}

test("slixmpp with a login token as its password, by PLAIN, where SCRAM is not offered", {
  skip: missing(),
  timeout: 60_000,
}, async () => {
  const secret = "a-secret-for-tests-of-32-characters";
  await using world = await startWorld({ accounts: { local: false, tokens: { secret } } });
  world.app.contacts.set("romeo", { "juliet@localhost": { name: "Juliet" } });
  await logsIn(world.server.ports.c2s, await loginToken("romeo", { secret, domain: "localhost" }));
});

test("XEP-0493: slixmpp with an access token as its password, by PLAIN after SCRAM has failed", {
  skip: missing(),
  timeout: 60_000,
}, async () => {
  await using world = await startOAuth();
  world.app.contacts.set("romeo", { "juliet@localhost": { name: "Juliet" } });
  const { tokens } = await tokensFor(world.base, "romeo", PASSWORD);
  await logsIn(world.server.ports.c2s, tokens.access_token);
});

test("slixmpp with an app password, and with one that was taken back", {
  skip: missing(),
  timeout: 60_000,
}, async () => {
  await using world = await startWorld();
  const body = JSON.stringify({ user: "romeo", name: "laptop" });
  const made = await (await world.http("/kith/app-passwords", { method: "POST", body })).json();
  const { id, password } = made as { readonly id: string; readonly password: string };
  const start = () => {
    const romeo = spawn(PYTHON, [CLIENT, "romeo@localhost", password, "127.0.0.1", String(world.server.ports.c2s)], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    return { romeo, lines: createInterface(romeo.stdout)[Symbol.asyncIterator]() };
  };
  const next = async (lines: AsyncIterator<string>, kind: string): Promise<void> => {
    for (;;) {
      const line = await lines.next();
      assert.ok(!line.done, `slixmpp ended before "${kind}"`);
      if ((JSON.parse(line.value) as Event).event === kind) return;
    }
  };
  const first = start();
  await next(first.lines, "ready");
  const gone = once(first.romeo, "exit");
  await world.http(`/kith/app-passwords/${id}?user=romeo`, { method: "DELETE" });
  await gone;
  const second = start();
  await next(second.lines, "failed");
  second.romeo.kill();
});
