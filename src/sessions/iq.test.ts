import assert from "node:assert/strict";
import { test } from "node:test";
import { settle } from "../../test/support/clock.ts";
import { type TestClient, type TestHost, testHost } from "../../test/support/sessions.ts";
import { StanzaError } from "../xmpp/stanza/error.ts";
import type { Element } from "../xmpp/xml/element.ts";
import { defineModule, type ModuleHost } from "./module.ts";
import type { Session } from "./session.ts";
import { sessionState } from "./state.ts";

const ERRORS = "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'";
const NS = "urn:test";
const counted = sessionState(0);

interface Fixture {
  readonly world: TestHost;
  readonly romeo: TestClient;
  readonly juliet: TestClient;
  readonly host: ModuleHost;
}

async function setUp(): Promise<Fixture> {
  let host: ModuleHost | undefined;
  const module = defineModule({
    name: "test",
    xeps: [],
    setup(given) {
      host = given;
      given.feature(NS);
      given.iq("get", NS, "now", () => `<now xmlns='${NS}'/>`);
      given.iq("get", NS, "later", async () => "");
      given.iq("get", NS, "never", () => new Promise<string>(() => undefined));
      given.iq("get", NS, "refused", () => {
        throw new StanzaError("not-acceptable", "No.");
      });
      given.iq("get", NS, "broken", () => Promise.reject(new Error("broken")));
      given.iq("get", NS, "count", (iq) => {
        counted.set(iq.session, counted.get(iq.session) + 1);
        return `<n xmlns='${NS}'>${counted.get(iq.session)}</n>`;
      });
    },
  });
  const world = testHost({ modules: [module], limits: { pending: 2 } });
  const romeo = await world.online("romeo@localhost/orchard");
  const juliet = await world.online("juliet@localhost/balcony");
  assert.ok(host !== undefined);
  return { world, romeo, juliet, host };
}

const error = (id: string, type: string, condition: string): string =>
  `<iq type='error' id='${id}'><error type='${type}'><${condition} ${ERRORS}/>{more}</error></iq>`;

test("RFC 6120 §8.2.3: what is no IQ is a bad request", async () => {
  const { romeo } = await setUp();
  romeo.send(
    "<iq id='a'><q xmlns='x'/></iq>",
    "<iq id='b' type='push'><q xmlns='x'/></iq>",
    "<iq id='c' type='get'/>",
    "<iq id='d' type='set'><q xmlns='x'/><q xmlns='x'/></iq>",
    "<iq type='get' to='juliet@localhost/balcony'><q xmlns='x'/></iq>",
  );
  const answers = ["a", "b", "c", "d"].map((id) => error(id, "modify", "bad-request"));
  romeo.receives(
    ...answers,
    `<iq type='error' id='{none}'><error type='modify'><bad-request ${ERRORS}/>{more}</error></iq>`,
  );
});

test("RFC 6120 §8.4, §8.3.3.3: an unknown namespace and an unknown element in a known one", async () => {
  const { romeo } = await setUp();
  for (const to of ["", " to='localhost'", " to='romeo@localhost'"]) {
    romeo.send(
      `<iq type='get' id='a'${to}><q xmlns='urn:nobody'/></iq>`,
      `<iq type='get' id='b'${to}><q xmlns='${NS}'/></iq>`,
    );
    romeo.send(`<iq type='set' id='c'${to}><now xmlns='${NS}'/></iq>`);
    romeo.receives(
      error("a", "cancel", "service-unavailable"),
      error("b", "cancel", "feature-not-implemented"),
      error("c", "cancel", "feature-not-implemented"),
    );
  }
});

test("RFC 6121 §8.5: where an IQ to somebody else goes", async () => {
  const { romeo, juliet } = await setUp();
  romeo.send(
    `<iq type='get' id='a' to='juliet@localhost'><now xmlns='${NS}'/></iq>`,
    `<iq type='get' id='b' to='ghost@localhost'><now xmlns='${NS}'/></iq>`,
    `<iq type='get' id='c' to='juliet@localhost/gone'><now xmlns='${NS}'/></iq>`,
    `<iq type='get' id='d' to='localhost/x'><now xmlns='${NS}'/></iq>`,
    `<iq type='get' id='e' to='elsewhere.example'><now xmlns='${NS}'/></iq>`,
    "<iq type='result' id='f' to='juliet@localhost/gone'/>",
    "<iq type='error' id='f' to='elsewhere.example'/>",
    "<iq type='result' id='f' to='juliet@localhost'/>",
    "<iq type='result' id='f'/>",
  );
  romeo.receives(
    ...["a", "b", "c", "d"].map((id) => error(id, "cancel", "service-unavailable")),
    error("e", "cancel", "remote-server-not-found"),
  );
  romeo.send("<iq type='get' id='g' to='juliet@localhost/balcony'><x xmlns='urn:x'>&amp;</x></iq>");
  juliet.receives("<iq type='get' id='g' from='romeo@localhost/orchard'><x xmlns='urn:x'>&amp;</x></iq>");
  juliet.send("<iq type='result' id='g' to='romeo@localhost/orchard'/>");
  romeo.receives("<iq type='result' id='g' from='juliet@localhost/balcony' to='romeo@localhost/orchard'/>");
});

test("a handler's result, promise, refusal and failure are each answered", async () => {
  const { romeo } = await setUp();
  for (const name of ["now", "refused", "later", "broken"]) {
    romeo.send(`<iq type='get' id='${name}' to='localhost'><${name} xmlns='${NS}'/></iq>`);
    await settle();
  }
  romeo.receives(
    `<iq type='result' id='now' from='localhost' to='romeo@localhost/orchard'><now xmlns='${NS}'/></iq>`,
    `<iq type='error' id='refused'><error type='modify'><not-acceptable ${ERRORS}/><text ${ERRORS}>No.</text></error></iq>`,
    "<iq type='result' id='later'/>",
    error("broken", "cancel", "internal-server-error"),
  );
});

test("a handler that never answers is answered for after 30 s, and only so many wait", async () => {
  const { romeo, world } = await setUp();
  for (const id of ["a", "b", "c"]) romeo.send(`<iq type='get' id='${id}'><never xmlns='${NS}'/></iq>`);
  romeo.receives(error("c", "wait", "resource-constraint"));
  await world.clock.advance(29_999);
  romeo.receives();
  await world.clock.advance(1);
  romeo.receives(error("a", "wait", "remote-server-timeout"), error("b", "wait", "remote-server-timeout"));
  romeo.send(`<iq type='get' id='d'><now xmlns='${NS}'/></iq>`);
  romeo.receives(`<iq type='result' id='d' from='{none}'><now xmlns='${NS}'/></iq>`);
  assert.equal(world.clock.pending, 0);
});

test("state of a module is kept per session", async () => {
  const { romeo, juliet } = await setUp();
  romeo.send(`<iq type='get' id='1'><count xmlns='${NS}'/></iq>`, `<iq type='get' id='2'><count xmlns='${NS}'/></iq>`);
  juliet.send(`<iq type='get' id='3'><count xmlns='${NS}'/></iq>`);
  romeo.receives(
    `<iq type='result' id='1'><n xmlns='${NS}'>1</n></iq>`,
    `<iq type='result' id='2'><n xmlns='${NS}'>2</n></iq>`,
  );
  juliet.receives(`<iq type='result' id='3'><n xmlns='${NS}'>1</n></iq>`);
});

test("the server asks a client: answered, silent, and gone; nobody else can answer", async () => {
  const { romeo, juliet, host, world } = await setUp();
  const answers: (Element | undefined)[] = [];
  const askRomeo = (): void => {
    void host.ask(romeo.session as Session, "get", "<ping xmlns='urn:xmpp:ping'/>", 1000).then((a) => answers.push(a));
  };
  askRomeo();
  const id = romeo.take()[0]?.attrs["id"];
  juliet.send(`<iq type='result' id='${id}'/>`);
  await settle();
  assert.equal(answers.length, 0);
  romeo.send(`<iq type='result' id='${id}'/>`, `<iq type='result' id='${id}'/>`);
  await settle();
  assert.equal(answers[0]?.attrs["type"], "result");
  askRomeo();
  await world.clock.advance(1000);
  assert.equal(answers.length, 2);
  askRomeo();
  romeo.session.end();
  askRomeo();
  await settle();
  assert.deepEqual(answers.slice(1), [undefined, undefined, undefined]);
  assert.equal(world.clock.pending, 0);
});

test("what a module registered is gone when it is undone", async () => {
  const { romeo, host } = await setUp();
  host.schedule(1000, () => assert.fail("cancelled"));
  assert.ok(host.features.has(NS));
  host.undo();
  romeo.send(`<iq type='get' id='a'><now xmlns='${NS}'/></iq>`);
  romeo.receives(error("a", "cancel", "service-unavailable"));
  assert.ok(!host.features.has(NS));
});
