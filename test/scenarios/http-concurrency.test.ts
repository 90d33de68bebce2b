/** Contract §4 under concurrency: what an answer says happened, happened, once; clients end up with what is held. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { type Element, elementsOf } from "../../src/xmpp/xml/element.ts";
import type { Client } from "../support/client.ts";
import { startWorld, type World } from "../support/world.ts";

type Json = Record<string, unknown>;

async function call(w: World, method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
  const text = body === undefined ? {} : { body: JSON.stringify(body) };
  const response = await w.http(`/roster_admin/${path}`, { method, headers, ...text });
  return { status: response.status, json: (await response.json()) as Json, headers: response.headers };
}

/** The contacts that a client knows, by its first roster result and the pushes after it: JID to name. */
class Known {
  readonly contacts = new Map<string, string | undefined>();
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
  }

  async update(): Promise<Map<string, string | undefined>> {
    await this.#client.sync();
    for (const stanza of this.#client.history.splice(0)) {
      const query = stanza.name === "iq" ? elementsOf(stanza)[0] : undefined;
      if (query?.ns !== "jabber:iq:roster") continue;
      for (const item of elementsOf(query)) this.#take(item);
    }
    return this.contacts;
  }

  #take({ attrs }: Element): void {
    const jid = String(attrs["jid"]);
    if (attrs["subscription"] === "remove") this.contacts.delete(jid);
    else this.contacts.set(jid, attrs["name"]);
  }
}

async function online(w: World, jid: string): Promise<Known> {
  const client = await w.login(jid);
  client.send('<iq type="get" id="roster"><query xmlns="jabber:iq:roster"/></iq>');
  await client.next((stanza) => stanza.attrs["id"] === "roster");
  client.send("<presence/>");
  return new Known(client);
}

/** The same numbers each time. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return Math.floor((state / 4_294_967_296) * below);
  };
}

test("PUT, PATCH, edges and refreshes of the same people at once, the application failing: clients end with what is held", async () => {
  await using w = await startWorld();
  const names = ["john", "marie", "aaron"];
  const pick = random(7);
  let count = 0;
  w.app.answer = (_request, response, username) => {
    count++;
    if (count % 3 === 0) response.writeHead(500).end();
    else if (count % 7 === 0) response.destroy();
    else response.end(JSON.stringify({ [`app${count % 5}@localhost`]: { name: username } }));
  };
  const clients = await Promise.all(
    names.flatMap((name) => ["phone", "tv"].map((resource) => online(w, `${name}@localhost/${resource}`))),
  );
  const name = () => names[pick(names.length)] ?? "";
  const contact = () => ({
    [`${["x", "y", ...names][pick(5)]}@localhost`]: pick(3) === 0 ? null : { name: `n${pick(9)}` },
  });
  const operations: readonly (() => Promise<{ readonly status: number }>)[] = [
    () => call(w, "PUT", `rosters/${name()}`, { ...contact(), "put@localhost": {} }),
    () => call(w, "PATCH", `rosters/${name()}`, { ...contact(), ...contact() }),
    () =>
      call(w, "POST", "edges", {
        connect: [["john", "marie"]],
        disconnect: [["aaron", pick(2) === 0 ? "john" : "marie"]],
      }),
    () => call(w, "POST", "edges", { disconnect: [["john", "marie"]], connect: [["aaron", "marie"]] }),
    () => call(w, "POST", "refresh?results=1", names),
  ];
  for (let round = 0; round < 6; round++) {
    const answers = await Promise.all(Array.from({ length: 25 }, () => operations[pick(operations.length)]?.()));
    for (const answer of answers) assert.ok(answer?.status === 200 || answer?.status === 500, String(answer?.status));
  }
  for (const [index, client] of clients.entries()) {
    const held = await call(w, "GET", `rosters/${names[index >> 1]}`);
    const contacts = held.json["contacts"] as Record<string, { readonly name?: string }>;
    assert.deepEqual(
      Object.fromEntries(await client.update()),
      Object.fromEntries(Object.entries(contacts).map(([jid, one]) => [jid, one.name])),
    );
  }
});

test("If-Match: no change is lost, though many count in one list and refreshes fail beside them", async () => {
  await using w = await startWorld();
  await call(w, "PUT", "rosters/john", { "counter@localhost": { name: "0" } });
  const john = await online(w, "john@localhost/phone");
  w.app.answer = (_request, response) => void response.writeHead(503).end();
  await call(w, "PUT", "rosters/john", { "counter@localhost": { name: "0" } });
  const add = async (): Promise<void> => {
    for (;;) {
      const { json, headers } = await call(w, "GET", "rosters/john");
      const { name } = (json["contacts"] as Record<string, { readonly name: string }>)["counter@localhost"] ?? {
        name: "",
      };
      const patch = { "counter@localhost": { name: String(Number(name) + 1) } };
      const etag = headers.get("etag") ?? "";
      const answer = await call(w, "PATCH", "rosters/john", patch, { "if-match": etag });
      if (answer.status === 200) return;
      assert.equal(answer.status, 412);
      await call(w, "POST", "refresh", ["john"]);
    }
  };
  await Promise.all(Array.from({ length: 8 }, add));
  const { json } = await call(w, "GET", "rosters/john");
  assert.deepEqual(json["contacts"], { "counter@localhost": { name: "8" } });
  assert.deepEqual([...(await john.update())], [["counter@localhost", "8"]]);
});

test("Idempotency-Key: of many calls at once one is performed; the others are told so, or get its answer", async () => {
  await using w = await startWorld();
  const calls = Array.from({ length: 30 }, async (_, n) => {
    const key = { "idempotency-key": `key-${n % 3}` };
    const answer = await call(w, "PATCH", "rosters/john", { [`k${n % 3}@localhost`]: { name: "once" } }, key);
    if (answer.status !== 409) return answer;
    assert.equal(answer.headers.get("retry-after"), "1");
    return undefined;
  });
  const answers = (await Promise.all(calls)).filter((answer) => answer !== undefined);
  const performed = answers.filter(({ headers }) => headers.get("idempotent-replayed") === null);
  assert.equal(performed.length, 3);
  assert.ok(answers.every(({ status }) => status === 200));
});

test("with SQLite an answer and a last activity are known after a restart", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "kith-http-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const storage = `sqlite:${join(folder, "kith.sqlite")}`;
  const key = { "idempotency-key": "one" };
  const edges = { connect: [["john", "marie"]] };
  const seen: string[] = [];
  for (const run of [1, 2]) {
    await using w = await startWorld({ storage });
    const answer = await call(w, "POST", "edges", edges, key);
    assert.deepEqual(answer.json, { status: "ok", connected: 1, disconnected: 0 });
    assert.equal(answer.headers.get("idempotent-replayed"), run === 1 ? null : "true");
    assert.equal((await call(w, "POST", "edges", { connect: [] }, key)).status, 422);
    const before = (await call(w, "GET", "presence?user=john")).json["john"] as Json;
    seen.push(String(before["lastActivity"]));
    if (run === 1) {
      w.app.contacts.set("john", { "kept@localhost": {} });
      await w.online("john@localhost/phone");
    } else {
      const { json } = await call(w, "GET", "rosters/john");
      assert.deepEqual(Object.keys(json["contacts"] as Json), ["kept@localhost"]);
    }
  }
  assert.equal(seen[0], "null");
  assert.ok(Date.now() - Date.parse(seen[1] ?? "") < 60_000);
});
