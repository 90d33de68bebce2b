/** Hostile peers (RFC 6120 §13): each ends in a clear error, and a witness is served during and after. */
import assert from "node:assert/strict";
import { connect } from "node:net";
import { after, before, test } from "node:test";
import { gzipSync } from "node:zlib";
import { Client } from "../support/client.ts";
import { pushesOf, rosterOf } from "../support/roster.ts";
import { startWorld, TOKEN, type World } from "../support/world.ts";

let world: World;
let witness: Client;

before(async () => {
  world = await startWorld();
  world.app.contacts.set("witness", {});
  witness = await world.online("witness@localhost/w");
});

after(() => world[Symbol.asyncDispose]());

/** The witness's ping comes back within 2 s. */
async function served(): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("the witness was not answered within 2 s")), 2000);
  });
  await Promise.race([witness.sync(), late]).finally(() => clearTimeout(timer));
}

function hostile(title: string, act: () => Promise<void>): void {
  test(title, { timeout: 60_000 }, async () => {
    const acting = act();
    await served();
    await acting;
    await served();
    assert.equal(witness.describeInbox(), "nothing");
  });
}

const HEADER =
  '<?xml version="1.0"?><stream:stream xmlns="jabber:client" xmlns:stream="http://etherx.jabber.org/streams" to="localhost" version="1.0">';

/** Sends bytes over plain TCP and gives all that comes back until the server ends the connection. */
function talk(...parts: readonly (string | Uint8Array)[]): Promise<string> {
  return new Promise((resolve) => {
    let heard = "";
    const socket = connect(world.server.ports.c2s ?? 0, "127.0.0.1");
    socket.on("data", (chunk) => {
      heard += chunk.toString();
    });
    socket.on("error", () => undefined);
    socket.on("close", () => resolve(heard));
    for (const part of parts) socket.write(part);
  });
}

/** After the login, over TLS: what the server says last. */
async function abuse(text: string | (() => Iterable<string>)): Promise<string> {
  const mallory = await world.login("mallory@localhost", "tls");
  world.app.contacts.set("mallory", {});
  for (const part of typeof text === "string" ? [text] : text()) mallory.write(part);
  await mallory.ended();
  const last = mallory.history.at(-1);
  return last?.children.map((child) => (typeof child === "string" ? child : child.name)).join(" ") ?? "";
}

hostile("a stanza over the limit before the login: policy-violation", async () => {
  const heard = await talk(
    HEADER,
    `<auth xmlns="urn:ietf:params:xml:ns:xmpp-sasl" mechanism="PLAIN">${"A".repeat(11_000)}`,
  );
  assert.match(heard, /<policy-violation/);
});

hostile("10 000 levels: policy-violation", async () => {
  assert.match(await abuse(`<message>${"<a>".repeat(10_000)}`), /policy-violation/);
});

hostile("an attribute of 10 MB: policy-violation, and it is not kept", async () => {
  assert.match(await abuse(`<message to="${"a".repeat(10_000_000)}"/>`), /policy-violation/);
});

hostile("a stanza that never ends: policy-violation", async () => {
  function* endless(): Iterable<string> {
    yield "<message><body>";
    for (let part = 0; part < 40; part++) yield "x".repeat(10_000);
  }
  assert.match(await abuse(endless), /policy-violation/);
});

hostile("6 000 elements in one stanza: policy-violation", async () => {
  assert.match(await abuse(`<message>${"<a/>".repeat(6000)}</message>`), /policy-violation/);
});

hostile("RFC 6120 §11.6: invalid UTF-8 ends the stream", async () => {
  const heard = await talk(HEADER, new Uint8Array([0x3c, 0x61, 0x3e, 0xc0, 0xaf]));
  assert.match(heard, /<(not-well-formed|bad-format|unsupported-encoding)/);
});

hostile("RFC 6120 §11.1: DTD, entities, comments and processing instructions are restricted-xml", async () => {
  const dtd = await talk(`<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "${"x".repeat(100)}">]>${HEADER.slice(21)}`);
  assert.match(dtd, /<restricted-xml/);
  for (const text of ["<!-- a -->", "<?php ?>", "<message>&lol;</message>"]) {
    assert.match(await abuse(text), /restricted-xml|not-well-formed/, text);
  }
});

hostile("RFC 6120 §5.4.3.3: bytes behind STARTTLS are not taken for bytes inside TLS", async () => {
  const heard = await talk(
    HEADER,
    '<starttls xmlns="urn:ietf:params:xml:ns:xmpp-tls"/><auth xmlns="urn:ietf:params:xml:ns:xmpp-sasl" mechanism="PLAIN">AGEAYg==</auth>',
  );
  assert.doesNotMatch(heard, /<success|<not-authorized/);
});

hostile("RFC 6120 §6.4: no login without TLS", async () => {
  const heard = await talk(
    HEADER,
    '<auth xmlns="urn:ietf:params:xml:ns:xmpp-sasl" mechanism="PLAIN">AGEAYg==</auth></stream:stream>',
  );
  assert.doesNotMatch(heard, /<success/);
  assert.match(heard, /encryption-required|not-authorized|policy-violation|invalid-mechanism/);
});

hostile("RFC 6120 §4.9.3.12: stanzas before the login are refused", async () => {
  assert.match(await talk(HEADER, '<message to="witness@localhost"><body>boo</body></message>'), /<not-authorized/);
});

hostile("RFC 6120 §8.1.2.1: a forged from ends the stream or is overwritten, and is never delivered", async () => {
  const said = await abuse('<message from="king@localhost/crown" to="witness@localhost/w"><body>obey</body></message>');
  assert.match(said, /invalid-from/);
});

hostile("RFC 6120 §7: a flood of binds does not make more than one session of a connection", async () => {
  const mallory = await world.login("flood@localhost", "tls");
  for (let index = 0; index < 200; index++) {
    mallory.send(`<iq type="set" id="b${index}"><bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"/></iq>`);
  }
  const last = await mallory.next((s) => s.attrs["id"] === "b199").catch(() => undefined);
  assert.ok(last === undefined || last.attrs["type"] === "error");
  mallory.destroy();
});

hostile("contract §5: more than 20 sessions of one person are refused in words", async () => {
  const sessions: Client[] = [];
  for (let index = 0; index < 20; index++) sessions.push(await world.login(`many@localhost/r${index}`));
  await assert.rejects(world.login("many@localhost/r20"), /binding was refused/);
  for (const session of sessions) session.destroy();
});

hostile("RFC 6120 §13.12: five wrong logins and the stream ends", async () => {
  const wire = await world.open("tls");
  const client = new Client(wire, "localhost");
  await client.open();
  const wrong = Buffer.from("\0witness\0wrong").toString("base64");
  let answers = 0;
  try {
    for (;;) {
      client.write(`<auth xmlns="urn:ietf:params:xml:ns:xmpp-sasl" mechanism="PLAIN">${wrong}</auth>`);
      const answer = await client.next();
      if (answer.name === "failure") answers++;
      assert.ok(answers <= 5);
      if (answer.name === "error") break;
    }
  } catch (error) {
    assert.match(String(error), /closed/);
  }
  assert.ok(answers >= 1 && answers <= 5);
});

hostile("1 000 000 names to refresh: 413 or 400, quickly", async () => {
  const body = JSON.stringify(Array.from({ length: 1_000_000 }, (_, index) => `user${index}`));
  const answer = await world.http("/roster_admin/refresh", { method: "POST", body }).catch(() => undefined);
  assert.ok(answer === undefined || answer.status === 413 || answer.status === 400);
});

hostile("a body that never comes does not hold the others", async () => {
  const socket = connect(world.server.ports.http ?? 0, "127.0.0.1");
  socket.on("error", () => undefined);
  socket.write(
    `POST /roster_admin/refresh HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${TOKEN}\r\nContent-Length: 100\r\n\r\n[`,
  );
  assert.partialDeepStrictEqual(await world.refresh([]), { status: "ok" });
  socket.destroy();
});

hostile("the application answers with gzip: refused, the copy stays", async () => {
  world.app.contacts.set("john", { "marie@localhost": {} });
  const john = await world.online("john@localhost/zip");
  world.app.answer = (_, response) =>
    void response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync('{"evil@localhost":{}}'));
  assert.partialDeepStrictEqual(await world.refresh(["john"]), { status: "error", errors: 1 });
  world.app.answer = undefined;
  assert.deepEqual([...(await rosterOf(john)).keys()], ["marie@localhost"]);
  john.destroy();
});

hostile("the application redirects: not followed", async () => {
  world.app.contacts.set("john", { "marie@localhost": {} });
  const john = await world.online("john@localhost/redirect");
  world.app.answer = (_, response, username) =>
    username === "john"
      ? void response.writeHead(302, { location: "/contacts/other" }).end()
      : world.app.reply(response, username);
  assert.partialDeepStrictEqual(await world.refresh(["john"]), { status: "error", errors: 1 });
  assert.equal(world.app.asked("other"), 0);
  world.app.answer = undefined;
  assert.deepEqual([...(await rosterOf(john)).keys()], ["marie@localhost"]);
  john.destroy();
});

hostile("the application sends keys and names that hurt others: left out, mended, reported", async () => {
  world.app.contacts.set(
    "john",
    '{"__proto__":{"name":"x"},"constructor":{},"john@localhost":{},"a@localhost":{"name":"nul\\u0000l \\ud800 <&\\"\'>"},"b@localhost":{"name":"' +
      `${"é".repeat(2000)}"}}`,
  );
  const john = await world.login("john@localhost/names");
  const roster = await rosterOf(john);
  assert.deepEqual([...roster.keys()], ["a@localhost", "b@localhost"]);
  assert.match(roster.get("a@localhost")?.name ?? "", /^null .?<&"'>$/);
  assert.equal(Buffer.byteLength(roster.get("b@localhost")?.name ?? ""), 1022);
  assert.equal(({} as Record<string, unknown>)["name"], undefined);
  john.destroy();
});

hostile("the application answers for ever: cut at the limit, the copy stays", async () => {
  world.app.contacts.set("john", { "marie@localhost": {} });
  const john = await world.online("john@localhost/long");
  world.app.answer = (_, response) => {
    response.writeHead(200);
    const more = (): void => {
      if (!response.destroyed && response.write(" ".repeat(65_536))) setImmediate(more);
    };
    response.on("drain", more);
    more();
  };
  assert.partialDeepStrictEqual(await world.refresh(["john"]), { status: "error", errors: 1 });
  world.app.answer = undefined;
  assert.deepEqual(await pushesOf(john), []);
  john.destroy();
});

hostile("a client that does not read is cut and costs nobody else a thing", async () => {
  world.app.contacts.set("deaf", {});
  const deaf = await world.online("deaf@localhost/d");
  deaf.pause();
  const sender = await world.online("sender@localhost/s", "tls");
  const body = "x".repeat(60_000);
  for (let index = 0; index < 300; index++)
    sender.send(`<message to="deaf@localhost/d" type="chat"><body>${body}</body></message>`);
  await sender.next((s) => s.name === "message" && s.attrs["type"] === "error");
  deaf.resume();
  await deaf.ended();
  sender.destroy();
});

hostile("two Host headers: 400", async () => {
  const heard = await new Promise<string>((resolve) => {
    let text = "";
    const socket = connect(world.server.ports.http ?? 0, "127.0.0.1");
    socket.on("data", (chunk) => {
      text += chunk.toString();
    });
    socket.on("close", () => resolve(text));
    socket.write("GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n");
  });
  assert.match(heard, /^HTTP\/1\.1 400/);
});
