/** Contract §3, proposals: what clients do to their contacts is asked of the application. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, test } from "node:test";
import { Webhook } from "standardwebhooks";
import type { ServerOptions } from "../../src/server.ts";
import type { Element } from "../../src/xmpp/xml/element.ts";
import { serialise } from "../../src/xmpp/xml/write.ts";
import { Client } from "../support/client.ts";
import { mismatch } from "../support/match.ts";
import { PASSWORD, startWorld, type World } from "../support/world.ts";
import { readElement } from "../support/xml.ts";

const SECRET = `whsec_${Buffer.from("proposals are signed with this").toString("base64")}`;
const ROSTER = 'xmlns="jabber:iq:roster"';
const STANZAS = "urn:ietf:params:xml:ns:xmpp-stanzas";

interface Asked {
  readonly id: string;
  readonly type: string;
  readonly user: string;
  readonly contact: string;
  readonly name: string | null;
  readonly groups: readonly string[];
  readonly message: string | null;
}

const asked: Asked[] = [];
const contacts = new Map<string, unknown>();
let fetches: string[] = [];
/** What the application says; it may change its contacts before. Undefined: nothing, or it answered by itself. */
let decide: (proposal: Asked, response: ServerResponse) => unknown;

const app = createServer((request, response) => {
  const path = request.url ?? "";
  if (path.startsWith("/contacts/")) {
    const user = path.slice("/contacts/".length);
    fetches.push(user);
    response.end(JSON.stringify(contacts.get(user) ?? {}));
    return;
  }
  let body = "";
  request.on("data", (chunk) => {
    body += chunk;
  });
  request.on("end", () => {
    const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
    const proposal = new Webhook(SECRET).verify(body, headers) as Asked;
    assert.equal(headers["webhook-id"], proposal.id);
    asked.push(proposal);
    const decision = decide(proposal, response);
    if (decision !== undefined) response.end(typeof decision === "string" ? decision : JSON.stringify(decision));
  });
});

before(async () => {
  await new Promise<void>((resolve) => app.listen(0, "127.0.0.1", resolve));
});

after(() => {
  app.closeAllConnections();
  app.close();
});

beforeEach(() => {
  asked.length = 0;
  contacts.clear();
  fetches = [];
  decide = () => ({ decision: "accept" });
});

function start(more: Partial<ServerOptions> = {}): Promise<World> {
  const url = `http://127.0.0.1:${(app.address() as AddressInfo).port}`;
  return startWorld({
    contacts: { url: `${url}/contacts/%s`, secret: SECRET },
    proposals: { url: `${url}/proposals` },
    ...more,
  });
}

async function receives(client: Client, ...expected: readonly string[]): Promise<void> {
  for (const xml of expected) {
    const actual = await client.next();
    const reason = mismatch(readElement(xml.replace(/^<(\w+)/, '<$1 xmlns="jabber:client"')), actual);
    assert.equal(reason, undefined, `${reason}\nreceived ${serialise(actual, "jabber:client")}`);
  }
}

async function silent(...clients: readonly Client[]): Promise<void> {
  for (const client of clients) {
    await client.sync();
    assert.equal(client.describeInbox(), "nothing");
  }
}

function push(item: string): string {
  return `<iq type="set"><query ${ROSTER}>${item}</query></iq>`;
}

function error(kind: "iq" | "presence", id: string, type: string, condition: string, text: string): string {
  return (
    `<${kind} type="error" id="${id}"><error type="${type}"><${condition} xmlns="${STANZAS}"/>` +
    `<text xmlns="${STANZAS}">${text}</text></error></${kind}>`
  );
}

function rosterSet(id: string, item: string): string {
  return `<iq type="set" id="${id}"><query ${ROSTER}>${item}</query></iq>`;
}

async function roster(client: Client): Promise<string[]> {
  client.send(`<iq type="get" id="list"><query ${ROSTER}/></iq>`);
  const result = await client.next((stanza) => stanza.attrs["id"] === "list");
  const [query] = result.children as Element[];
  return ((query?.children ?? []) as Element[]).map(
    ({ attrs }) => `${attrs["jid"]} ${attrs["subscription"]} ${attrs["ask"]}`,
  );
}

test("add: accepted, the client has its result, then both sides see each other", async () => {
  await using world = await start();
  const marie = await world.online("marie@localhost/web");
  const john = await world.online("john@localhost/phone");
  decide = ({ user, contact }) => {
    contacts.set(user, { [contact]: { name: "Johnny", groups: ["Friends"] } });
    contacts.set("john", { "marie@localhost": {} });
    return { decision: "accept" };
  };
  marie.send(rosterSet("a1", '<item jid="john@localhost" name="Johnny"><group>Friends</group></item>'));
  await receives(
    marie,
    '<iq type="result" id="a1"/>',
    push('<item jid="john@localhost" subscription="both" name="Johnny"><group>Friends</group></item>'),
    '<presence from="john@localhost/phone">{more}</presence>',
  );
  await receives(
    john,
    push('<item jid="marie@localhost" subscription="both"/>'),
    '<presence from="marie@localhost/web">{more}</presence>',
  );
  await silent(marie, john);
  assert.equal(asked.length, 1);
  const [proposal] = asked;
  assert.match(proposal?.id ?? "", /^proposal_[0-9a-f-]{36}$/);
  assert.deepEqual(
    { ...proposal, id: "" },
    {
      id: "",
      type: "add",
      user: "marie",
      contact: "john@localhost",
      name: "Johnny",
      groups: ["Friends"],
      message: null,
    },
  );
});

test("add: a roster set and a subscribe are one proposal in either order, and both get its answer", async () => {
  await using world = await start();
  const marie = await world.online("marie@localhost/web");
  decide = () => ({ decision: "deny", reason: "Not <today>" });
  marie.send(rosterSet("a1", '<item jid="john@localhost"/>'));
  marie.send('<presence type="subscribe" to="john@localhost" id="s1"/>');
  await receives(
    marie,
    error("iq", "a1", "cancel", "not-allowed", "Not &lt;today&gt;"),
    error("presence", "s1", "cancel", "not-allowed", "Not &lt;today&gt;"),
  );
  marie.send('<presence type="subscribe" to="paul@localhost/any" id="s2"><status>It is me</status></presence>');
  await receives(marie, error("presence", "s2", "cancel", "not-allowed", "Not &lt;today&gt;"));
  marie.send(rosterSet("a2", '<item jid="paul@localhost"/>'));
  await receives(marie, error("iq", "a2", "cancel", "not-allowed", "Not &lt;today&gt;"));
  assert.deepEqual(
    asked.map(({ contact, message }) => [contact, message]),
    [
      ["john@localhost", null],
      ["paul@localhost", "It is me"],
    ],
  );
  marie.send(rosterSet("a3", '<item jid="paul@localhost"/>'));
  await receives(marie, error("iq", "a3", "cancel", "not-allowed", "Not &lt;today&gt;"));
  assert.equal(asked.length, 3, "the same said again after the decision is a new proposal");
  assert.equal(new Set(asked.map(({ id }) => id)).size, 3);
});

test("add: a roster set and a subscribe sent at once are asked as the roster set, with its name and groups", async () => {
  await using world = await start();
  const marie = await world.online("marie@localhost/web");
  decide = () => ({ decision: "deny", reason: "no" });
  marie.write(
    rosterSet("a1", '<item jid="john@localhost" name="Johnny"><group>Friends</group></item>') +
      '<presence type="subscribe" to="john@localhost" id="s1"/>',
  );
  await receives(
    marie,
    error("iq", "a1", "cancel", "not-allowed", "no"),
    error("presence", "s1", "cancel", "not-allowed", "no"),
  );
  assert.deepEqual(
    asked.map(({ type, name, groups }) => [type, name, groups]),
    [["add", "Johnny", ["Friends"]]],
  );
});

test("later: the result, then the contact with its request, until a refresh decides", async () => {
  await using world = await start();
  const marie = await world.online("marie@localhost/web");
  decide = () => ({ decision: "later" });
  marie.send(rosterSet("a1", '<item jid="john@localhost" name="Johnny"/>'));
  await receives(
    marie,
    '<iq type="result" id="a1"/>',
    push('<item jid="john@localhost" subscription="none" name="Johnny" ask="subscribe"/>'),
  );
  marie.send('<presence type="subscribe" to="john@localhost"/>');
  await silent(marie);
  assert.equal(asked.length, 1);

  // Another login asks the application, which does not list the request: it stays.
  const second = await world.online("marie@localhost/second");
  assert.deepEqual(await roster(second), ["john@localhost none subscribe"]);

  // So does what follows from another proposal.
  decide = ({ user }) => {
    contacts.set(user, { "paul@localhost": {} });
    return { decision: "accept" };
  };
  second.send(rosterSet("a2", '<item jid="paul@localhost"/>'));
  await receives(second, '<iq type="result" id="a2"/>', push('<item jid="paul@localhost" subscription="both"/>'));
  assert.deepEqual((await roster(second)).sort(), ["john@localhost none subscribe", "paul@localhost both undefined"]);

  contacts.set("marie", { "john@localhost": {}, "paul@localhost": {} });
  await world.refresh(["marie"]);
  await receives(second, push('<item jid="john@localhost" subscription="both"/>'));
});

test("later, then edges connect the two: both lists have the contact", async () => {
  await using world = await start();
  const marie = await world.online("marie@localhost/web");
  const john = await world.online("john@localhost/phone");
  decide = () => ({ decision: "later" });
  marie.send(rosterSet("a1", '<item jid="john@localhost" name="Johnny"/>'));
  await receives(
    marie,
    '<iq type="result" id="a1"/>',
    push('<item jid="john@localhost" subscription="none" name="Johnny" ask="subscribe"/>'),
  );
  const response = await world.http("/roster_admin/edges", {
    method: "POST",
    body: JSON.stringify({ connect: [["marie", "john"]] }),
  });
  assert.deepEqual(await response.json(), { status: "ok", connected: 1, disconnected: 0 });
  await receives(
    marie,
    push('<item jid="john@localhost" subscription="both" name="Johnny"/>'),
    '<presence from="john@localhost/phone">{more}</presence>',
  );
  await receives(
    john,
    push('<item jid="marie@localhost" subscription="both" name="marie"/>'),
    '<presence from="marie@localhost/web">{more}</presence>',
  );
});

test("later, then the application refreshes without the contact: the request is gone", async () => {
  await using world = await start();
  const marie = await world.online("marie@localhost/web");
  decide = () => ({ decision: "later" });
  marie.send(rosterSet("a1", '<item jid="john@localhost"/>'));
  await receives(
    marie,
    '<iq type="result" id="a1"/>',
    push('<item jid="john@localhost" subscription="none" ask="subscribe"/>'),
  );
  await world.refresh(["marie"]);
  await receives(marie, push('<item jid="john@localhost" subscription="remove"/>'));
  await silent(marie);
});

test("later, across a restart; what is denied afterwards goes", async () => {
  const folder = await mkdtemp(join(tmpdir(), "kith-proposals-"));
  const storage = `sqlite:${join(folder, "kith.sqlite")}` as const;
  decide = () => ({ decision: "later" });
  {
    await using world = await start({ storage });
    const marie = await world.online("marie@localhost/web");
    marie.send(rosterSet("a1", '<item jid="john@localhost"/>'));
    await receives(
      marie,
      '<iq type="result" id="a1"/>',
      push('<item jid="john@localhost" subscription="none" ask="subscribe"/>'),
    );
  }
  {
    await using world = await start({ storage });
    const marie = await Client.login(await world.open("tcp"), {
      username: "marie",
      domain: "localhost",
      password: PASSWORD,
    });
    assert.deepEqual(await roster(marie), ["john@localhost none subscribe"]);
    decide = () => ({ decision: "deny" });
    marie.send('<presence type="subscribe" to="john@localhost" id="s1"/>');
    await receives(
      marie,
      error("presence", "s1", "cancel", "not-allowed", "{any}"),
      push('<item jid="john@localhost" subscription="remove"/>'),
    );
  }
  await rm(folder, { recursive: true });
});

test("rename and regroup: one each, and what is so already is no proposal", async () => {
  await using world = await start();
  contacts.set("marie", { "john@localhost": { name: "John", groups: ["Work"] } });
  const marie = await world.online("marie@localhost/web");
  marie.send(rosterSet("e0", '<item jid="john@localhost" name="John"><group>Work</group></item>'));
  await receives(marie, '<iq type="result" id="e0"/>');
  assert.equal(asked.length, 0);
  decide = ({ user, contact, name, groups }) => {
    contacts.set(user, { [contact]: { name, groups } });
    return { decision: "accept" };
  };
  marie.send(rosterSet("e1", '<item jid="john@localhost" name="Jack"><group>Work</group></item>'));
  await receives(
    marie,
    '<iq type="result" id="e1"/>',
    push('<item jid="john@localhost" subscription="both" name="Jack"><group>Work</group></item>'),
  );
  marie.send(rosterSet("e2", '<item jid="john@localhost"><group>Home</group></item>'));
  await receives(
    marie,
    '<iq type="result" id="e2"/>',
    push('<item jid="john@localhost" subscription="both"><group>Home</group></item>'),
  );
  assert.deepEqual(
    asked.map(({ type, name, groups }) => [type, name, groups]),
    [
      ["rename", "Jack", ["Work"]],
      ["rename", null, ["Work"]],
      ["regroup", null, ["Home"]],
    ],
  );
});

test("remove: by roster set, unsubscribe or unsubscribed; said in three ways it is one proposal", async () => {
  await using world = await start();
  contacts.set("marie", { "john@localhost": {} });
  contacts.set("john", { "marie@localhost": {} });
  const marie = await world.online("marie@localhost/web");
  decide = () => {
    contacts.clear();
    return { decision: "accept" };
  };
  marie.send('<presence type="unsubscribe" to="john@localhost"/>');
  marie.send('<presence type="unsubscribed" to="john@localhost"/>');
  marie.send(rosterSet("r1", '<item jid="john@localhost" subscription="remove"/>'));
  await receives(marie, '<iq type="result" id="r1"/>', push('<item jid="john@localhost" subscription="remove"/>'));
  marie.send('<presence type="unsubscribed" to="john@localhost"/>');
  await silent(marie);
  assert.deepEqual(
    asked.map(({ type, contact }) => [type, contact]),
    [["remove", "john@localhost"]],
  );
  marie.send(rosterSet("r2", '<item jid="nobody@localhost" subscription="remove"/>'));
  await receives(
    marie,
    '<iq type="error" id="r2"><error type="cancel"><item-not-found xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></error></iq>',
  );
});

test("remove: unsubscribe is accepted and followed, then the roster set gets the same answer", async () => {
  await using world = await start();
  contacts.set("marie", { "john@localhost": {} });
  const marie = await world.online("marie@localhost/web");
  decide = () => {
    contacts.clear();
    return { decision: "accept" };
  };
  marie.send('<presence type="unsubscribe" to="john@localhost"/>');
  await receives(marie, push('<item jid="john@localhost" subscription="remove"/>'));
  marie.send(rosterSet("r1", '<item jid="john@localhost" subscription="remove"/>'));
  await receives(marie, '<iq type="result" id="r1"/>');
  assert.equal(asked.length, 1);
});

test("subscribed accepts and unsubscribed declines, whatever form the address has", async () => {
  await using world = await start();
  const john = await world.online("john@localhost/phone");
  decide = ({ type }) => (type === "accept" ? { decision: "accept" } : { decision: "deny", reason: "no" });
  john.send('<presence type="subscribed" to="Marie@LOCALHOST/web"/>');
  john.send('<presence type="unsubscribed" to="paul@localhost" id="u1"/>');
  john.send('<presence type="subscribe" to="other.example/x" id="u2"/>');
  await receives(
    john,
    error("presence", "u1", "cancel", "not-allowed", "no"),
    error("presence", "u2", "cancel", "not-allowed", "no"),
  );
  assert.deepEqual(asked.map(({ type, contact }) => `${type} ${contact}`).sort(), [
    "accept marie@localhost",
    "add other.example",
    "decline paul@localhost",
  ]);
  for (const [id, to] of [
    ["x1", "localhost"],
    ["x2", "john@localhost"],
    ["x3", "john@localhost/phone"],
    ["x4", "@"],
  ]) {
    john.send(`<presence type="subscribe" to="${to}" id="${id}"/>`);
    await receives(john, error("presence", id ?? "", "cancel", "not-allowed", "{any}"));
  }
  assert.equal(asked.length, 3);
});

test("the server itself is nobody's contact, with a dot in its name too", async () => {
  await using world = await start({ domain: "kith.example" });
  const john = await world.online("john@kith.example/phone");
  john.send('<presence type="subscribe" to="kith.example" id="x1"/>');
  await receives(john, error("presence", "x1", "cancel", "not-allowed", "{any}"));
  john.send(rosterSet("x2", '<item jid="kith.example"/>'));
  await receives(john, error("iq", "x2", "cancel", "not-allowed", "{any}"));
  assert.equal(asked.length, 0);
});

test("the application is down, slow, or talks nonsense: a wait error, nothing half done, the same id again", async () => {
  await using world = await start({ limits: { proposals: { time: "400ms" } } });
  const marie = await world.online("marie@localhost/web");
  const fetched = fetches.length;
  const wait = (kind: "iq" | "presence", id: string): string =>
    error(kind, id, "wait", "remote-server-timeout", "{any}");
  for (const [index, answer] of ["", "[]", '{"decision":"maybe"}', "<html>", undefined].entries()) {
    decide = () => answer;
    marie.send(rosterSet(`n${index}`, '<item jid="john@localhost"/>'));
    await receives(marie, wait("iq", `n${index}`));
  }
  decide = (_proposal, response) => void response.writeHead(500).end();
  marie.send('<presence type="unsubscribed" to="john@localhost" id="p1"/>');
  await receives(marie, wait("presence", "p1"));
  assert.equal(fetches.length, fetched, "nobody's list was asked for again");
  assert.deepEqual(await roster(marie), []);
  const adds = asked.filter(({ type }) => type === "add");
  assert.equal(new Set(adds.map(({ id }) => id)).size, 1);
  const [declined, again] = asked.filter(({ type }) => type === "decline");
  assert.equal(declined?.id, again?.id, "the second try of a call has the id of the first");
  await silent(marie);
});

test("too many at once are told to wait", async () => {
  await using world = await start({ limits: { proposals: { atOnce: 2, perMinute: 3 } } });
  const marie = await world.online("marie@localhost/web");
  const open: ServerResponse[] = [];
  decide = (_proposal, response) => void open.push(response);
  for (const name of ["a", "b", "c"]) marie.send(rosterSet(name, `<item jid="${name}@localhost"/>`));
  await receives(marie, error("iq", "c", "wait", "resource-constraint", "{any}"));
  while (open.length < 2) await marie.sync();
  for (const response of open) response.end('{"decision":"deny"}');
  await marie.next((stanza) => stanza.attrs["id"] === "a");
  await marie.next((stanza) => stanza.attrs["id"] === "b");
  decide = () => ({ decision: "deny" });
  marie.send(rosterSet("d", '<item jid="d@localhost"/>'));
  await receives(marie, error("iq", "d", "cancel", "not-allowed", "{any}"));
  marie.send(rosterSet("e", '<item jid="e@localhost"/>'));
  await receives(marie, error("iq", "e", "wait", "resource-constraint", "{any}"));
  assert.equal(asked.length, 3);
});

test("RFC 6121 §2.3.3: sets that are malformed, or of somebody else's list, ask nobody", async () => {
  await using world = await start();
  const marie = await world.online("marie@localhost/web");
  const long = "x".repeat(1024);
  const cases: [string, string][] = [
    ["", "bad-request"],
    ['<item jid="a@localhost"/><item jid="b@localhost"/>', "bad-request"],
    ["<item/>", "bad-request"],
    ['<item jid="a@b@c"/>', "bad-request"],
    ['<item jid="a@localhost/res"/>', "bad-request"],
    [`<item jid="a@localhost" name="${long}"/>`, "not-acceptable"],
    ['<item jid="a@localhost"><group/></item>', "not-acceptable"],
    [`<item jid="a@localhost"><group>${long}</group></item>`, "not-acceptable"],
    ['<item jid="a@localhost"><group>g</group><group>g</group></item>', "bad-request"],
    ['<item jid="marie@localhost"/>', "not-allowed"],
  ];
  for (const [index, [item, condition]] of cases.entries()) {
    marie.send(rosterSet(`m${index}`, item));
    const answer = await marie.next((stanza) => stanza.attrs["id"] === `m${index}`);
    assert.ok(serialise(answer, "jabber:client").includes(`<${condition} `), `${item} ${condition}`);
  }
  for (const to of ["john@localhost", "localhost", "marie@localhost/web", "john@localhost/phone"]) {
    marie.send(`<iq type="set" id="${to}" to="${to}"><query ${ROSTER}><item jid="a@localhost"/></query></iq>`);
    const answer = await marie.next((stanza) => stanza.attrs["id"] === to);
    assert.ok(serialise(answer, "jabber:client").includes("<not-allowed "), to);
  }
  assert.equal(asked.length, 0);
});

test("reasons are cut and fit for XML; outcomes are counted", async () => {
  await using world = await start();
  const marie = await world.online("marie@localhost/web");
  decide = () => ({ decision: "deny", reason: `no\u0000\ud800${"é".repeat(2000)}` });
  marie.send(rosterSet("a1", '<item jid="john@localhost"/>'));
  await receives(marie, error("iq", "a1", "cancel", "not-allowed", `no${"é".repeat(498)}`));
  const response = await world.http("/metrics");
  assert.match(await response.text(), /kith_proposals_total\{type="add",outcome="deny"\} 1/);
});
