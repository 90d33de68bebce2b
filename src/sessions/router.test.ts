import assert from "node:assert/strict";
import { test } from "node:test";
import { testHost } from "../../test/support/sessions.ts";
import { StanzaError } from "../xmpp/stanza/error.ts";
import { fromClient } from "./events.ts";
import { defineModule } from "./module.ts";

const ERRORS = "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'";

test("RFC 6120 §8.1.2.1: a forged from ends the stream with invalid-from, and contacts see the end", async () => {
  const world = testHost();
  world.contacts.set("romeo", { "juliet@localhost": "both" });
  world.contacts.set("juliet", { "romeo@localhost": "both" });
  const romeo = await world.online("romeo@localhost/orchard");
  const juliet = await world.online("juliet@localhost/balcony");
  world.forget(romeo);
  romeo.send("<message from='tybalt@localhost/x' to='juliet@localhost'/>", "<message to='juliet@localhost'/>");
  assert.equal(romeo.connection.closed, "invalid-from");
  juliet.receives("<presence type='unavailable' from='romeo@localhost/orchard'/>");
  assert.equal(world.host.size, 1);
});

for (const from of ["romeo@localhost", "romeo@localhost/orchard", "ROMEO@localhost/orchard"]) {
  test(`RFC 6120 §8.1.2.1: the own address ${from} is tolerated and replaced by the full JID`, async () => {
    const world = testHost();
    const romeo = await world.online("romeo@localhost/orchard");
    romeo.send(`<message from='${from}' to='romeo@localhost/orchard'/>`);
    romeo.receives("<message from='romeo@localhost/orchard'/>");
  });
}

for (const from of ["romeo@localhost/other", "localhost", "@", ""]) {
  test(`RFC 6120 §8.1.2.1: from='${from}' is not the sender's`, async () => {
    const world = testHost();
    const romeo = await world.online("romeo@localhost/orchard");
    romeo.send(`<presence from='${from}'/>`);
    assert.equal(romeo.connection.closed, "invalid-from");
  });
}

test("XEP-0203 §5, XEP-0359 §5: what only the server may say is stripped, the rest stays as it was", async () => {
  const world = testHost();
  const romeo = await world.online("romeo@localhost/orchard");
  const sent = (inside: string): string => `<message to='romeo@localhost/orchard'>${inside}</message>`;
  const kept = [
    "<delay xmlns='urn:xmpp:delay' stamp='2026-01-01T00:00:00Z'/>",
    "<delay xmlns='urn:xmpp:delay' from='romeo@localhost/orchard' stamp='2026-01-01T00:00:00Z'/>",
    "<delay xmlns='urn:xmpp:delay' from='elsewhere.example' stamp='2026-01-01T00:00:00Z'/>",
    "<stanza-id xmlns='urn:xmpp:sid:0' by='room@elsewhere.example' id='1'/>",
    "<origin-id xmlns='urn:xmpp:sid:0' id='1'/>",
  ];
  const forged = [
    "<delay xmlns='urn:xmpp:delay' from='localhost' stamp='2026-01-01T00:00:00Z'/>",
    "<delay xmlns='urn:xmpp:delay' from='juliet@localhost' stamp='2026-01-01T00:00:00Z'/>",
    "<stanza-id xmlns='urn:xmpp:sid:0' by='LOCALHOST' id='1'/>",
    "<stanza-id xmlns='urn:xmpp:sid:0' by='romeo@localhost' id='1'/>",
  ];
  for (const element of kept) {
    romeo.send(sent(`<body>a&amp;b</body>${element}`));
    romeo.receives(`<message from='romeo@localhost/orchard'><body>a&amp;b</body>${element}</message>`);
  }
  for (const element of forged) {
    romeo.send(sent(`<body>a&amp;b</body>${element}<x xmlns='urn:x' a='&lt;'>&lt;</x>`));
    romeo.receives(
      "<message from='romeo@localhost/orchard'><body>a&amp;b</body><x xmlns='urn:x' a='&lt;'>&lt;</x></message>",
    );
  }
});

test("a hook that breaks costs its stanza an internal-server-error and nothing else", async () => {
  const errors: string[] = [];
  const nothing = (): void => undefined;
  const broken = defineModule({
    name: "broken",
    xeps: [],
    setup: (host) =>
      host.on(fromClient, "guard", ({ stanza }) => {
        if (stanza.attrs["id"] === "bad") throw new Error("broken");
        return undefined;
      }),
  });
  const log = { error: (text: string) => void errors.push(text), warn: nothing, info: nothing, debug: nothing };
  const world = testHost({ modules: [broken], log });
  const romeo = await world.online("romeo@localhost/orchard");
  romeo.send("<message id='bad' to='romeo@localhost'/>", "<message id='good' to='romeo@localhost'/>");
  romeo.receives(
    `<message type='error' id='bad'><error type='cancel'><internal-server-error ${ERRORS}/></error></message>`,
    "<message id='good'/>",
  );
  assert.equal(errors.length, 1);
});

test("hooks run as guard, annotate, deliver, observe; a refusal is the answer, a take-over ends the way", async () => {
  const seen: string[] = [];
  const module = defineModule({
    name: "phases",
    xeps: [],
    setup(host) {
      host.on(fromClient, "observe", ({ stanza }) => void seen.push(`observe ${stanza.attrs["id"]}`));
      host.on(fromClient, "deliver", ({ stanza }) => stanza.attrs["id"] === "take");
      host.on(fromClient, "annotate", ({ session, stanza }) => {
        seen.push(`annotate ${stanza.attrs["id"]}`);
        return { session, stanza: { ...stanza, inner: "<added xmlns='urn:added'/>" } };
      });
      host.on(fromClient, "guard", ({ stanza }) =>
        stanza.attrs["id"] === "refuse" ? new StanzaError("policy-violation") : undefined,
      );
    },
  });
  const world = testHost({ modules: [module] });
  const romeo = world.bind("romeo@localhost/orchard");
  for (const id of ["refuse", "take", "pass"]) romeo.send(`<message id='${id}' to='romeo@localhost/orchard'/>`);
  romeo.receives(
    `<message type='error' id='refuse'><error type='modify'><policy-violation ${ERRORS}/></error></message>`,
    "<message id='pass'><added xmlns='urn:added'/></message>",
  );
  assert.deepEqual(seen, ["annotate take", "observe take", "annotate pass", "observe pass"]);
});
