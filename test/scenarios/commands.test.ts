/** XEP-0050 over a connection: an administrator registers an OAuth client from their own XMPP client. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { clientHash, Registration } from "../../src/login/oauth/registration.ts";
import { type Element, elementsOf, textOf } from "../../src/xmpp/xml/element.ts";
import { Client } from "../support/client.ts";
import { tokensFor } from "../support/oauth-client.ts";
import { PASSWORD, startWorld } from "../support/world.ts";

const KEY = "correct-horse-battery-staple-0123456789";
const NS = "http://jabber.org/protocol/commands";
const ITEMS = "http://jabber.org/protocol/disco#items";
const NODE = "urn:kith:commands#register-client";

async function ask(client: Client, type: "get" | "set", inner: string): Promise<Element> {
  const id = `ask-${client.history.length}`;
  client.send(`<iq type="${type}" id="${id}" to="localhost">${inner}</iq>`);
  return client.next((stanza) => stanza.attrs["id"] === id);
}

function inside(answer: Element): Element {
  const [child] = elementsOf(answer);
  assert.ok(child !== undefined && answer.attrs["type"] === "result", JSON.stringify(answer));
  return child;
}

function submit(fields: Readonly<Record<string, readonly string[]>>): string {
  const inner = Object.entries(fields).map(([name, values]) => {
    return `<field var="${name}">${values.map((value) => `<value>${value}</value>`).join("")}</field>`;
  });
  return `<x xmlns="jabber:x:data" type="submit">${inner.join("")}</x>`;
}

function fieldsOf(command: Element): Readonly<Record<string, string>> {
  const x = elementsOf(command).find(({ name }) => name === "x");
  const fields = elementsOf(x ?? assert.fail()).filter(({ name }) => name === "field");
  return Object.fromEntries(
    fields.map((field) => [
      field.attrs["var"],
      elementsOf(field)
        .filter(({ name }) => name === "value")
        .map(textOf)
        .join(" "),
    ]),
  );
}

async function registers(client: Client, fields: Readonly<Record<string, readonly string[]>>): Promise<Element> {
  const first = inside(await ask(client, "set", `<command xmlns="${NS}" node="${NODE}"/>`));
  assert.equal(first.attrs["status"], "executing");
  const session = `node="${NODE}" sessionid="${first.attrs["sessionid"]}" action="complete"`;
  return inside(await ask(client, "set", `<command xmlns="${NS}" ${session}>${submit(fields)}</command>`));
}

const APP = {
  client_name: ["My app"],
  client_uri: ["https://app.example.com/"],
  redirect_uris: ["https://app.example.com/cb"],
};

test("XEP-0050: an administrator gets a client id and its secret, which this domain takes", async () => {
  await using w = await startWorld({
    oauth: { registrationKey: KEY, registration: "off" },
    admins: ["John@localhost"],
  });
  const john = await w.online("john@localhost/phone");
  const [item] = elementsOf(inside(await ask(john, "get", `<query xmlns="${ITEMS}" node="${NS}"/>`)));
  assert.deepEqual({ ...item?.attrs }, { jid: "localhost", node: NODE, name: "Register an OAuth client" });

  const done = await registers(john, { ...APP, application_type: ["web"] });
  assert.equal(done.attrs["status"], "completed");
  const told = fieldsOf(done);
  const registration = new Registration({
    domain: "localhost",
    keys: [KEY],
    compat: "seed",
    denied: new Set(),
    issuedSince: undefined,
  });
  const verified = registration.verify(told["client_id"] ?? "", Math.floor(Date.now() / 1000));
  assert.ok(verified.ok);
  assert.equal(told["client_secret"], verified.client.secret);
  assert.equal(told["hash"], clientHash(told["client_id"] ?? ""));
  assert.deepEqual(verified.client.metadata["redirect_uris"], APP.redirect_uris);

  const device = { client_name: ["TV"], client_uri: APP.client_uri, device: ["1"], public: ["1"] };
  const tv = fieldsOf(await registers(john, device));
  assert.ok(!("client_secret" in tv));
  assert.ok(registration.verify(tv["client_id"] ?? "", Math.floor(Date.now() / 1000)).ok);
});

test("XEP-0050 §2.4.2: what is wrong is told, and the form comes again as it was filled in", async () => {
  await using w = await startWorld({ oauth: { registrationKey: KEY }, admins: ["john@localhost"] });
  const john = await w.online("john@localhost/phone");
  const redirect_uris = ["https://evil.example/cb"];
  const again = await registers(john, { ...APP, redirect_uris, application_type: ["web"] });
  assert.equal(again.attrs["status"], "executing");
  const note = elementsOf(again).find(({ name }) => name === "note");
  assert.equal(note?.attrs["type"], "error");
  assert.match(textOf(note ?? assert.fail()), /https, at the host of client_uri/);
  assert.equal(fieldsOf(again)["redirect_uris"], "https://evil.example/cb");
});

test("others see no command and run none; without administrators or a key nobody does", async () => {
  const execute = `<command xmlns="${NS}" node="${NODE}"/>`;
  const conditionOf = async (client: Client): Promise<string | undefined> => {
    const answer = await ask(client, "set", execute);
    assert.equal(answer.attrs["type"], "error");
    const error = elementsOf(answer).find(({ name }) => name === "error");
    return elementsOf(error ?? assert.fail())[0]?.name;
  };
  await using w = await startWorld({ oauth: { registrationKey: KEY }, admins: ["john@localhost"] });
  const marie = await w.online("marie@localhost/tv");
  assert.deepEqual(elementsOf(inside(await ask(marie, "get", `<query xmlns="${ITEMS}" node="${NS}"/>`))), []);
  assert.equal(await conditionOf(marie), "forbidden");
  await using keyless = await startWorld({ admins: ["john@localhost"] });
  assert.equal(await conditionOf(await keyless.online("john@localhost/phone")), "service-unavailable");
  await using nobodys = await startWorld({ oauth: { registrationKey: KEY } });
  assert.equal(await conditionOf(await nobodys.online("john@localhost/phone")), "service-unavailable");
});

test("XEP-0050: what an administrator let in for less, an app password or a program, administers nothing", async () => {
  await using world = await startWorld({ oauth: { registrationKey: KEY }, admins: ["john@localhost"] });
  await world.addUser("john@localhost");
  const made = await world.http("/kith/app-passwords", {
    method: "POST",
    body: JSON.stringify({ user: "john", name: "Phone" }),
  });
  const { password } = (await made.json()) as { readonly password: string };
  const { tokens } = await tokensFor(`http://127.0.0.1:${world.server.ports.http}`, "john", PASSWORD);
  for (const secret of [password, tokens.access_token]) {
    const who = { username: "john", domain: "localhost", password: secret };
    const less = await Client.login(await world.open("tls"), who);
    const listed = inside(await ask(less, "get", `<query xmlns="${ITEMS}" node="${NS}"/>`));
    assert.deepEqual(elementsOf(listed), []);
    const refused = await ask(less, "set", `<command xmlns="${NS}" node="${NODE}"/>`);
    assert.match(JSON.stringify(refused), /"forbidden"/);
  }
  const own = await world.login("john@localhost/laptop");
  assert.equal(elementsOf(inside(await ask(own, "get", `<query xmlns="${ITEMS}" node="${NS}"/>`))).length, 1);
});
