import assert from "node:assert/strict";
import { test } from "node:test";
import { el, header, run, settings } from "../../../test/support/stream.ts";
import type { RegisterAnswer } from "./register.ts";
import type { StreamInput, StreamSettings } from "./state.ts";

const OPEN = header({ to: "example.com", version: "1.0" });
const PREAUTH = `<iq xmlns="jabber:client" type="set" id="p" to="example.com"><preauth xmlns="urn:xmpp:pars:0" token="t0ken"/></iq>`;
const GET = `<iq xmlns="jabber:client" type="get" id="g"><query xmlns="jabber:iq:register"/></iq>`;
const SET = `<iq xmlns="jabber:client" type="set" id="s" from="john@example.com"><query xmlns="jabber:iq:register"><username>john</username><password>correct &lt;horse</password></query></iq>`;

const open = (more: Partial<StreamSettings> = {}) =>
  settings({ mayRegister: () => true, offersRegister: () => true, ...more });
const registered = (answer: RegisterAnswer): StreamInput => ({ kind: "registered", answer });
const tailOf = ({ effects }: ReturnType<typeof run>) =>
  effects.flatMap((one) => ("tail" in one ? [one.tail] : [])).join("");

test("XEP-0445 §3, XEP-0077 §8: the features stand behind the mechanisms, where somebody may come, and never on an open line", () => {
  const { text } = run([OPEN], open());
  assert.match(
    text,
    /<\/mechanisms><register xmlns="urn:xmpp:invite"\/><register xmlns="urn:xmpp:ibr-token:0"\/><register xmlns="http:\/\/jabber.org\/features\/iq-register"\/>/,
  );
  assert.doesNotMatch(run([OPEN], open({ offersRegister: () => false })).text, /<register/);
  assert.doesNotMatch(run([OPEN], open({ maySasl: () => false, offersTls: () => true })).text, /<register/);
});

test("XEP-0445 §4: the token is asked about, and its answer is an empty result", () => {
  const asked = run([OPEN, el(PREAUTH)], open());
  assert.deepEqual(asked.effects, [
    { kind: "register", domain: "example.com", request: { kind: "preauth", token: "t0ken" } },
  ]);
  const done = run([OPEN, el(PREAUTH), registered({ kind: "done" })], open());
  assert.equal(tailOf(done), ' type="result" id="p"></iq>');
  assert.equal(done.state.phase, "negotiating");
});

test("XEP-0077 §3.1: the form names the person and asks for a password; then both come back", () => {
  const form: RegisterAnswer = { kind: "form", username: "john", instructions: "Choose & go" };
  const got = run([OPEN, el(GET), registered(form)], open());
  assert.equal(
    tailOf(got),
    ' type="result" id="g"><query xmlns="jabber:iq:register"><instructions>Choose &amp; go</instructions><username>john</username><password/></query></iq>',
  );
  const set = run([OPEN, el(SET)], open());
  const request = { kind: "register", username: "john", password: "correct <horse" };
  assert.deepEqual(set.effects, [{ kind: "register", domain: "example.com", request }]);
});

test("RFC 6120 §8.3: a refusal is an error in words; what may be a guess counts into the tries of the stream", () => {
  const refused = (isGuess: boolean): RegisterAnswer => {
    return { kind: "refused", condition: "item-not-found", text: "Not good.", isGuess };
  };
  const once = run([OPEN, el(PREAUTH), registered(refused(true))], open());
  assert.equal(
    tailOf(once),
    ' type="error" id="p"><error type="cancel"><item-not-found xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/><text xmlns="urn:ietf:params:xml:ns:xmpp-stanzas" xml:lang="en">Not good.</text></error></iq>',
  );
  const guess = [el(PREAUTH), registered(refused(true))];
  assert.equal(run([OPEN, ...guess, ...guess, ...guess], open()).end, "policy-violation");
  const other = [el(GET), registered(refused(false))];
  assert.equal(run([OPEN, ...other, ...other, ...other, ...other], open()).state.phase, "negotiating");
  const auth = el('<auth xmlns="urn:ietf:params:xml:ns:xmpp-sasl" mechanism="NONE"/>');
  assert.equal(run([OPEN, auth, ...guess, auth], open()).end, "policy-violation");
});

test("what is half a request is a bad one, and asks nobody", () => {
  for (const inner of [
    '<preauth xmlns="urn:xmpp:pars:0"/>',
    '<query xmlns="jabber:iq:register"/>',
    '<query xmlns="jabber:iq:register"><remove/></query>',
    '<query xmlns="jabber:iq:register"><username>john</username></query>',
    '<query xmlns="jabber:iq:register"><username xmlns="x">a</username><password xmlns="x">b</password></query>',
  ]) {
    const got = run([OPEN, el(`<iq xmlns="jabber:client" type="set" id="x">${inner}</iq>`)], open());
    assert.match(tailOf(got), /^ type="error" id="x"><error type="modify"><bad-request/, inner);
    assert.deepEqual(got.kinds, ["send-stanza"]);
  }
});

test("RFC 6120 §4.9.3.12: everything else before login ends the stream, and so does this where nobody can come", () => {
  const other = '<iq xmlns="jabber:client" type="get" id="x"><query xmlns="jabber:iq:roster"/></iq>';
  const elsewhere = GET.replace('id="g"', 'id="g" to="b.example"');
  const result = GET.replace('type="get"', 'type="result"');
  for (const xml of [other, elsewhere, result, '<message xmlns="jabber:client"/>']) {
    assert.equal(run([OPEN, el(xml)], open()).end, "not-authorized", xml);
  }
  for (const more of [{ mayRegister: () => false }, { maySasl: () => false, offersTls: () => true }]) {
    assert.equal(run([OPEN, el(GET)], open(more)).end, "not-authorized");
  }
  const challenged: StreamInput = { kind: "sasl", outcome: { kind: "challenge", data: new Uint8Array() } };
  const auth = el('<auth xmlns="urn:ietf:params:xml:ns:xmpp-sasl" mechanism="PLAIN"/>');
  assert.equal(run([OPEN, auth, challenged, el(GET)], open()).end, "not-authorized");
  assert.equal(run([OPEN, el(GET), el(GET)], open()).end, "not-authorized");
});

test("an answer that comes when the stream is over changes nothing", () => {
  const late = run([OPEN, el(GET), { kind: "gone" }, registered({ kind: "done" })], open());
  assert.deepEqual([late.state.phase, late.effects], ["closed", []]);
  assert.deepEqual(run([OPEN, registered({ kind: "done" })], open()).effects, []);
});
