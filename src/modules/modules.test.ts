import assert from "node:assert/strict";
import { hash } from "node:crypto";
import { test } from "node:test";
import { settle } from "../../test/support/clock.ts";
import { testHost } from "../../test/support/sessions.ts";
import { defineModule } from "../sessions/module.ts";
import { elementsOf } from "../xmpp/xml/element.ts";
import { MODULES } from "./index.ts";

const ERRORS = "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'";
const INFO = "http://jabber.org/protocol/disco#info";
const ITEMS = "http://jabber.org/protocol/disco#items";

test("XEP-0199 §4.2, XEP-0092 §2, XEP-0202 §3, RFC 3921 §3: the small ones answer", async () => {
  const world = testHost();
  const romeo = await world.online("romeo@localhost/orchard");
  romeo.send(
    "<iq type='get' id='1'><ping xmlns='urn:xmpp:ping'/></iq>",
    "<iq type='get' id='2' to='localhost'><ping xmlns='urn:xmpp:ping'/></iq>",
    "<iq type='get' id='3' to='localhost'><query xmlns='jabber:iq:version'/></iq>",
    "<iq type='get' id='4' to='localhost'><time xmlns='urn:xmpp:time'/></iq>",
    "<iq type='set' id='5'><session xmlns='urn:ietf:params:xml:ns:xmpp-session'/></iq>",
  );
  romeo.receives(
    "<iq type='result' id='1' from='{none}'/>",
    "<iq type='result' id='2' from='localhost'/>",
    "<iq type='result' id='3'><query xmlns='jabber:iq:version'><name>Kith</name><version>1.2.3</version></query></iq>",
    "<iq type='result' id='4'><time xmlns='urn:xmpp:time'><tzo>+00:00</tzo><utc>2026-01-01T00:00:00.000Z</utc></time></iq>",
    "<iq type='result' id='5'/>",
  );
});

test("XEP-0030 §3.1: what the server is and can do; XEP-0115 §5.1: its hash in the stream features", async () => {
  const world = testHost();
  const romeo = await world.online("romeo@localhost/orchard");
  const c = world.host.streamFeatures("localhost").find((feature) => feature.name === "c");
  romeo.send(
    `<iq type='get' id='1' to='localhost'><query xmlns='${INFO}' node='${c?.attrs["node"]}#${c?.attrs["ver"]}'/></iq>`,
  );
  const [query] = elementsOf(romeo.take()[0] ?? assert.fail());
  const children = elementsOf(query ?? assert.fail());
  const features = children.flatMap((child) => (child.name === "feature" ? [child.attrs["var"] ?? ""] : []));
  assert.ok(features.includes(INFO) && features.includes("urn:xmpp:ping") && features.includes("jabber:iq:roster"));
  assert.deepEqual({ ...children[0]?.attrs }, { category: "server", type: "im", name: "Kith" });
  const text = `server/im//Kith<${features
    .sort()
    .map((feature) => `${feature}<`)
    .join("")}`;
  assert.equal(c?.attrs["ver"], hash("sha1", text, "base64"));
  assert.deepEqual(
    world.host.streamFeatures("localhost").map((feature) => feature.name),
    ["ver", "c"],
  );
});

test("XEP-0115 §5.1: features are sorted before each is ended by <", async () => {
  const more = defineModule({
    name: "more",
    xeps: [],
    setup(host) {
      host.feature("urn:example:one#notify");
      host.feature("urn:example:one");
    },
  });
  const world = testHost({ modules: [more] });
  const romeo = await world.online("romeo@localhost/orchard");
  romeo.send(`<iq type='get' id='1' to='localhost'><query xmlns='${INFO}'/></iq>`);
  const [query] = elementsOf(romeo.take()[0] ?? assert.fail());
  const vars = elementsOf(query ?? assert.fail()).flatMap(({ name, attrs }) =>
    name === "feature" ? [attrs["var"] ?? ""] : [],
  );
  const text = ["server/im//Kith", ...vars.sort()].map((part) => `${part}<`).join("");
  assert.ok(text.includes("urn:example:one<urn:example:one#notify<"));
  const c = world.host.streamFeatures("localhost").find((feature) => feature.name === "c");
  assert.equal(c?.attrs["ver"], hash("sha1", text, "base64"));
});

test("XEP-0030 §8: an account is shown to itself and to those who may see its presence, to nobody else", async () => {
  const world = testHost();
  world.contacts.set("romeo", { "juliet@localhost": "both" });
  world.contacts.set("juliet", { "romeo@localhost": "both" });
  const romeo = await world.online("romeo@localhost/orchard");
  const juliet = await world.online("juliet@localhost/balcony");
  const tybalt = await world.online("tybalt@localhost/street");
  const ask = `<iq type='get' id='i' to='romeo@localhost'><query xmlns='${INFO}'/></iq>`;
  const items = `<iq type='get' id='i' to='romeo@localhost'><query xmlns='${ITEMS}'/></iq>`;
  world.forget(romeo, juliet);
  for (const client of [romeo, juliet]) {
    client.send(ask, items);
    client.receives(
      `<iq type='result' id='i' from='romeo@localhost'><query xmlns='${INFO}'><identity category='account' type='registered'/>{more}</query></iq>`,
      `<iq type='result' id='i' from='romeo@localhost'><query xmlns='${ITEMS}'/></iq>`,
    );
  }
  const hidden = `<iq type='error' id='i'><error type='cancel'><service-unavailable ${ERRORS}/></error></iq>`;
  tybalt.send(ask, items, ask.replace("romeo", "ghost"));
  tybalt.receives(hidden, hidden, hidden);
});

test("XEP-0030 §3.2: a node that is none is not found", async () => {
  const romeo = await testHost().online("romeo@localhost/orchard");
  for (const to of ["localhost", "romeo@localhost"]) {
    romeo.send(`<iq type='get' id='i' to='${to}'><query xmlns='${INFO}' node='x'/></iq>`);
    romeo.receives(`<iq type='error' id='i'><error type='cancel'><item-not-found ${ERRORS}/></error></iq>`);
  }
});

for (const type of ["subscribe", "subscribed", "unsubscribe", "unsubscribed"]) {
  test(`B1, B3, B5, B6, G35: ${type} in every form of address is refused in words and changes nothing`, async () => {
    const world = testHost();
    world.contacts.set("romeo", { "juliet@localhost": "both" });
    const juliet = await world.online("juliet@localhost/balcony");
    const romeo = await world.online("romeo@localhost/orchard");
    const version = world.contacts.current("romeo")?.version;
    const forms = [
      "juliet@localhost",
      "juliet@localhost/balcony",
      "localhost",
      "elsewhere.example/x",
      "a@elsewhere.example",
    ];
    for (const to of forms) {
      romeo.send(`<presence type='${type}' to='${to}' id='p'/>`);
      romeo.receives(
        `<presence type='error' id='p' from='${to}'><error type='cancel'><not-allowed ${ERRORS}/><text ${ERRORS} xml:lang='en'>Your contacts are managed by the application of localhost: please change them there.</text></error></presence>`,
      );
    }
    juliet.receives();
    assert.equal(world.contacts.current("romeo")?.version, version);
  });
}

test("A9, G35: a roster set is refused in words, whatever address it names", async () => {
  const world = testHost();
  const juliet = await world.online("juliet@localhost/balcony");
  const romeo = await world.online("romeo@localhost/orchard");
  for (const to of [undefined, "romeo@localhost", "juliet@localhost", "juliet@localhost/balcony", "localhost"]) {
    const address = to === undefined ? "" : ` to='${to}'`;
    romeo.send(
      `<iq type='set' id='s'${address}><query xmlns='jabber:iq:roster'><item jid='x@localhost'/></query></iq>`,
    );
    romeo.receives(
      `<iq type='error' id='s'><error type='cancel'><not-allowed ${ERRORS}/><text ${ERRORS} xml:lang='en'>{any}</text></error></iq>`,
    );
  }
  juliet.receives();
});

test("RFC 6121 §2.1.6: no IQ about rosters goes from one client to another, of whatever type", async () => {
  const world = testHost();
  const juliet = await world.online("juliet@localhost/balcony");
  const romeo = await world.online("romeo@localhost/orchard");
  const query = "<query xmlns='jabber:iq:roster'><item jid='x@localhost'/></query>";
  for (const type of ["result", "error"])
    romeo.send(`<iq type='${type}' id='s' to='juliet@localhost/balcony'>${query}</iq>`);
  for (const first of ["<x xmlns='u:x'/>", "<error type='cancel'/>"])
    romeo.send(`<iq type='error' id='s' to='juliet@localhost/balcony'>${first}${query}</iq>`);
  romeo.receives();
  romeo.send(`<iq type='get' id='g' to='juliet@localhost/balcony'>${query}</iq>`);
  romeo.send(`<iq type='get' id='h' to='juliet@localhost'>${query}</iq>`);
  const refused = (id: string): string =>
    `<iq type='error' id='${id}'><error type='cancel'><service-unavailable ${ERRORS}/></error></iq>`;
  romeo.receives(refused("g"), refused("h"));
  juliet.receives();
});

test("G33, RFC 6121 §2.6: an equal version costs an empty result, another one the list", async () => {
  const world = testHost();
  world.contacts.set("romeo", { "juliet@localhost": { name: "J", subscription: "to" } });
  const romeo = await world.online("romeo@localhost/orchard");
  const ver = world.contacts.current("romeo")?.version;
  const whole = `<query xmlns='jabber:iq:roster' ver='${ver}'><item jid='juliet@localhost' name='J' subscription='to'/></query>`;
  for (const [given, content] of [
    [` ver='${ver}'`, ""],
    [" ver=''", whole],
    [" ver='old'", whole],
    ["", whole],
  ]) {
    romeo.send(`<iq type='get' id='r'><query xmlns='jabber:iq:roster'${given}/></iq>`);
    romeo.receives(`<iq type='result' id='r'>${content}</iq>`);
  }
});

test("answers of clients to pushes are swallowed", async () => {
  const world = testHost();
  world.contacts.set("romeo", {});
  const romeo = await world.online("romeo@localhost/orchard");
  world.contacts.set("romeo", { "juliet@localhost": "both" });
  const id = romeo.take()[0]?.attrs["id"];
  romeo.send(
    `<iq type='result' id='${id}'/>`,
    `<iq type='error' id='${id}' to='romeo@localhost'><error type='cancel'/></iq>`,
  );
  await settle();
  romeo.receives();
});

test("every module has a name of its own", () => {
  assert.equal(new Set(MODULES.map((module) => module.name)).size, MODULES.length);
});
