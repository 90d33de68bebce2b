/** A device sets itself up by a link, as Conversations does it, and is signed out again. XEP-0445, docs/login.md */
import assert from "node:assert/strict";
import { test } from "node:test";
import { childOf, type Element, element, textOf } from "../../src/xmpp/xml/element.ts";
import { Browser } from "../support/browser.ts";
import { Client } from "../support/client.ts";
import { logIn, REGISTRATION_KEY } from "../support/oauth-client.ts";
import { PASSWORD, startWorld, type World } from "../support/world.ts";

const NS_REGISTER = "jabber:iq:register";
const NS_STANZAS = "urn:ietf:params:xml:ns:xmpp-stanzas";
const CHOSEN = "Correct hörse";

interface Link {
  readonly id: string;
  readonly uri: string;
  readonly qr: string;
  readonly expires: string;
  readonly token: string;
}

async function makeLink(world: World, user: string, name = "phone"): Promise<Link> {
  const response = await world.http("/kith/device-links", { method: "POST", body: JSON.stringify({ user, name }) });
  assert.equal(response.status, 201);
  const link = (await response.json()) as Omit<Link, "token">;
  return { ...link, token: /;preauth=(\w+)$/.exec(link.uri)?.[1] ?? "" };
}

/** A stream inside TLS, before login. */
async function connect(world: World, over: "tls" | "websocket" = "tls") {
  const client = new Client(await world.open(over), "localhost");
  return { client, features: await client.open() };
}

const preauth = (client: Client, token: string) =>
  client.iq("set", element("preauth", "urn:xmpp:pars:0", { token }), "localhost");
const getForm = (client: Client) => client.iq("get", element("query", NS_REGISTER), "localhost");
const register = (client: Client, username: string, password: string) =>
  client.iq(
    "set",
    element("query", NS_REGISTER, {}, [
      element("username", NS_REGISTER, {}, [username]),
      element("password", NS_REGISTER, {}, [password]),
    ]),
  );

function refusalOf(iq: Element): string {
  const error = childOf(iq, "error", "jabber:client");
  const [condition] = error?.children ?? [];
  const text = error && childOf(error, "text", NS_STANZAS);
  return `${typeof condition === "object" ? condition.name : "?"}: ${text === undefined ? "" : textOf(text)}`;
}

function offersRegister(features: Element): boolean {
  return ["urn:xmpp:invite", "urn:xmpp:ibr-token:0", "http://jabber.org/features/iq-register"].every(
    (ns) => childOf(features, "register", ns) !== undefined,
  );
}

async function passwordsOf(world: World, user: string): Promise<readonly { id: string; name: string }[]> {
  const answer = await (await world.http(`/kith/app-passwords?user=${user}`)).json();
  return (answer as { passwords: { id: string; name: string }[] }).passwords;
}

for (const over of ["tls", "websocket"] as const) {
  test(`over ${over}: token, form, password, login; the link is good once`, { timeout: 20_000 }, async () => {
    await using world = await startWorld();
    assert.equal(offersRegister((await connect(world, over)).features), false);
    const link = await makeLink(world, "romeo", "Romeo's phone");
    assert.match(link.uri, /^xmpp:romeo@localhost\?register;preauth=\w{30}$/);
    assert.match(link.qr, /^<svg /);

    const { client, features } = await connect(world, over);
    assert.equal(offersRegister(features), true);
    assert.equal((await preauth(client, link.token)).attrs["type"], "result");
    const query = childOf(await getForm(client), "query", NS_REGISTER);
    const username = query && childOf(query, "username", NS_REGISTER);
    assert.equal(username && textOf(username), "romeo");
    assert.ok(query && childOf(query, "password", NS_REGISTER));
    assert.equal((await register(client, "romeo", CHOSEN)).attrs["type"], "result");
    // In the same stream, XEP-0077 §3.1.1; most clients connect anew.
    client.write(
      `<auth xmlns="urn:ietf:params:xml:ns:xmpp-sasl" mechanism="PLAIN">${Buffer.from(`\0romeo\0${CHOSEN}`).toString("base64")}</auth>`,
    );
    assert.equal((await client.next()).name, "success");
    await client.open();

    const again = await Client.login(await world.open(over), {
      username: "romeo",
      domain: "localhost",
      password: CHOSEN,
    });
    const [phone] = await passwordsOf(world, "romeo");
    assert.equal(phone?.name, "Romeo's phone");
    const second = await connect(world, over);
    assert.equal(offersRegister(second.features), false);
    assert.match(
      refusalOf(await preauth(second.client, link.token)),
      /^item-not-found: This link is not good any more/,
    );
    await world.http(`/kith/app-passwords/${phone?.id}?user=romeo`, { method: "DELETE" });
    await again.ended();
  });
}

test("my apps and devices: a code that is shown there lets the device in", { timeout: 20_000 }, async () => {
  await using world = await startWorld({ oauth: { registrationKey: REGISTRATION_KEY } });
  await world.addUser("lucy@localhost");
  const browser = new Browser();
  const account = `http://127.0.0.1:${world.server.ports.http}/oauth2/account`;
  const page = await logIn(browser, await browser.open(account), "lucy", PASSWORD);
  const form = page.forms.find(({ fields }) => fields["kind"]?.[0] === "add-device");
  const shown = await browser.post(page, form, { name: "Tablet" });
  assert.match(shown.text, /<svg /);
  const token = /xmpp:lucy@localhost\?register;preauth=(\w{30})/.exec(shown.text)?.[1] ?? "";
  const { client } = await connect(world);
  await preauth(client, token);
  assert.equal((await register(client, "lucy", CHOSEN)).attrs["type"], "result");
  assert.deepEqual(
    (await passwordsOf(world, "lucy")).map(({ name }) => name),
    ["Tablet"],
  );
  const other = await browser.post(page, form, { name: "Phone" });
  const everything = page.forms.find(({ fields }) => fields["kind"]?.[0] === "everything");
  await browser.post(page, everything);
  const late = /preauth=(\w{30})/.exec(other.text)?.[1] ?? "";
  assert.match(refusalOf(await preauth((await connect(world)).client, late)), /^item-not-found/);
});

test("XEP-0077: without a link registration is refused in words", { timeout: 20_000 }, async () => {
  await using world = await startWorld();
  await makeLink(world, "romeo");
  const { client } = await connect(world);
  const words = /^not-allowed: Accounts are made by the application that this server belongs to/;
  assert.match(refusalOf(await getForm(client)), words);
  assert.match(refusalOf(await register(client, "mallory", "password123")), words);
  assert.deepEqual(await passwordsOf(world, "mallory"), []);
});

test("a link is good for its own person; a weak password is refused and the link stays", {
  timeout: 20_000,
}, async () => {
  await using world = await startWorld();
  const link = await makeLink(world, "romeo");
  const { client } = await connect(world);
  await preauth(client, link.token);
  assert.match(
    refusalOf(await register(client, "juliet", CHOSEN)),
    /^not-acceptable: This link is for romeo@localhost/,
  );
  assert.match(refusalOf(await register(client, "romeo", "short")), /^not-acceptable: The password needs 8 characters/);
  assert.match(refusalOf(await register(client, "romeo", "")), /^not-acceptable/);
  assert.equal((await register(client, "Romeo", CHOSEN)).attrs["type"], "result");
  assert.match(refusalOf(await register(client, "romeo", CHOSEN)), /^not-allowed/);
  assert.equal((await passwordsOf(world, "romeo")).length, 1);
});

test("of two who come with one link at once one gets it", { timeout: 20_000 }, async () => {
  await using world = await startWorld();
  const link = await makeLink(world, "romeo");
  const both = [(await connect(world)).client, (await connect(world)).client];
  for (const client of both) await preauth(client, link.token);
  const answers = await Promise.all(both.map((client) => register(client, "romeo", CHOSEN)));
  assert.deepEqual(answers.map(({ attrs }) => attrs["type"]).sort(), ["error", "result"]);
  assert.equal((await passwordsOf(world, "romeo")).length, 1);
});

test("a link that is taken back, or whose account has a new password, is good for nothing", {
  timeout: 20_000,
}, async () => {
  await using world = await startWorld();
  const [one, two] = [await makeLink(world, "romeo"), await makeLink(world, "romeo")];
  const { client } = await connect(world);
  assert.equal((await preauth(client, one.token)).attrs["type"], "result");
  assert.equal((await world.http(`/kith/device-links/${one.id}?user=romeo`, { method: "DELETE" })).status, 200);
  assert.match(refusalOf(await register(client, "romeo", CHOSEN)), /^item-not-found/);
  await world.addUser("romeo@localhost");
  assert.match(refusalOf(await preauth(client, two.token)), /^item-not-found/);
});

test("guessed tokens count as failed logins: the stream ends at the last try", { timeout: 20_000 }, async () => {
  await using world = await startWorld({ limits: { beforeLogin: { tries: 3 } } });
  await makeLink(world, "romeo");
  const { client } = await connect(world);
  for (let tries = 0; tries < 2; tries++) await preauth(client, `guess${tries}`);
  const error = client.next((stanza) => stanza.name === "error");
  void preauth(client, "guess3");
  assert.ok(childOf(await error, "policy-violation", "urn:ietf:params:xml:ns:xmpp-streams"));
  await client.ended();
});

test("app passwords switched off: no link, no feature, no answer", { timeout: 20_000 }, async () => {
  await using world = await startWorld({ accounts: { appPasswords: false } });
  const body = JSON.stringify({ user: "romeo", name: "phone" });
  assert.equal((await world.http("/kith/device-links", { method: "POST", body })).status, 403);
  const { client, features } = await connect(world);
  assert.equal(offersRegister(features), false);
  client.send(element("iq", "jabber:client", { type: "get", id: "x" }, [element("query", NS_REGISTER)]));
  await client.next((stanza) => stanza.name === "error");
});
