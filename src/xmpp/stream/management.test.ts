/** XEP-0198 as the machine speaks it: what may be said when, and what it is answered. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { el, header, run, settings } from "../../../test/support/stream.ts";
import type { EnableAnswer, StreamInput } from "./state.ts";

const NS_SM = "urn:xmpp:sm:3";
const JID = "john@example.com/phone";
const OPEN = header({ to: "example.com", version: "1.0" });
const AUTH = el("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>AGEAYg==</auth>");
const SUCCESS: StreamInput = { kind: "sasl", outcome: { kind: "success", username: "john", data: undefined } };
const TO_BINDING = [OPEN, AUTH, SUCCESS, OPEN];
const BIND = el("<iq xmlns='jabber:client' type='set' id='b1'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>");
const LOGIN = { domain: "example.com", username: "john" };

const sm = (name: string, attributes = ""): StreamInput => el(`<${name} xmlns='${NS_SM}' ${attributes}/>`);
const boundWith = (enabled: EnableAnswer | undefined): StreamInput => ({
  kind: "bind-result",
  result: { ok: true, jid: JID, enabled },
});
const TO_BOUND = [...TO_BINDING, BIND, boundWith(undefined)];
const ENABLED: StreamInput = { kind: "enabled", answer: { id: "a<b", max: 300 } };
const TO_MANAGED = [...TO_BOUND, sm("enable", "resume='true'"), ENABLED];
const RESUMED: StreamInput = { kind: "resume-result", answer: { ok: true, jid: JID, id: "a<b", h: 7 } };
const UNKNOWN: StreamInput = { kind: "resume-result", answer: { ok: false, reason: "unknown", h: 7 } };
const failed = (condition: string, h = ""): string =>
  `<failed xmlns="${NS_SM}"${h}><${condition} xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></failed>`;

test("XEP-0198 §2: the feature stands beside the binding, and no more when it is enabled", () => {
  assert.match(run(TO_BINDING).text, /<bind [^>]*\/>.*<sm xmlns="urn:xmpp:sm:3"\/>/);
  assert.doesNotMatch(run([OPEN]).text.replace(/<inline>.*<\/inline>/, ""), /urn:xmpp:sm/);
});

test("XEP-0198 §3: what is asked for with <enable/>, and how it is answered", () => {
  for (const [attributes, wish] of [
    ["", { resume: false, max: undefined }],
    ["resume='1' max='60'", { resume: true, max: 60 }],
    ["resume='true' max='0'", { resume: true, max: undefined }],
    ["resume='TRUE' max='-1'", { resume: false, max: undefined }],
    ["resume='false' max='99999999999'", { resume: false, max: undefined }],
  ] as const) {
    assert.deepEqual(run([...TO_BOUND, sm("enable", attributes)]).effects, [{ kind: "enable", wish }]);
  }
  assert.equal(run(TO_MANAGED).text, `<enabled xmlns="${NS_SM}" id="a&lt;b" resume="true" max="300"/>`);
  const plain: StreamInput = { kind: "enabled", answer: { id: undefined, max: 0 } };
  assert.equal(run([...TO_BOUND, sm("enable"), plain]).text, `<enabled xmlns="${NS_SM}"/>`);
});

test("XEP-0198 §3: out of its order everything is refused, and the stream goes on", () => {
  const unexpected = failed("unexpected-request");
  const cases: readonly (readonly [string, readonly StreamInput[], string])[] = [
    ["before login", [OPEN], "enable"],
    ["before login", [OPEN], "resume"],
    ["before binding", TO_BINDING, "enable"],
    ["before binding", TO_BINDING, "r"],
    ["before binding", TO_BINDING, "a"],
    ["before it is enabled", TO_BOUND, "r"],
    ["before it is enabled", TO_BOUND, "a"],
    ["on a bound stream", TO_BOUND, "resume"],
    ["a second time", TO_MANAGED, "enable"],
    ["on a managed stream", TO_MANAGED, "resume"],
    ["what only a server says", TO_MANAGED, "enabled"],
    ["what nobody says", TO_MANAGED, "x"],
  ];
  for (const [when, before, name] of cases) {
    const { text, state } = run([...before, sm(name, "previd='x' h='0'")]);
    assert.equal(text, unexpected, `${name} ${when}`);
    assert.deepEqual(state, run(before).state, `${name} ${when}`);
  }
});

test("XEP-0198 §4: <r/> is answered, <a/> is told; an <a/> without a count ends the stream", () => {
  assert.deepEqual(run([...TO_MANAGED, sm("r")]).effects, [{ kind: "acknowledge" }]);
  assert.deepEqual(run([...TO_MANAGED, sm("a", "h='4294967295'")]).effects, [{ kind: "acknowledged", h: 2 ** 32 - 1 }]);
  for (const h of ["", "h=''", "h='x'", "h='-1'", "h='1.5'", "h='4294967296'"]) {
    assert.equal(run([...TO_MANAGED, sm("a", h)]).end, "bad-format", h);
  }
});

test("XEP-0198 §4: a stanza that the stream itself answers is handled too", () => {
  assert.deepEqual(run([...TO_MANAGED, BIND]).kinds, ["send-stanza", "handled"]);
});

test("XEP-0198 §6: a count that is too high ends the stream, and says so", () => {
  const { text, end } = run([...TO_MANAGED, { kind: "too-high", h: 10, sent: 8 }]);
  assert.equal(end, "undefined-condition");
  const error = /<stream:error>(.*)<\/stream:error><\/stream:stream>$/.exec(text)?.[1];
  const words = "You acknowledged 10 stanzas, but only 8 were sent to you.";
  assert.equal(
    error,
    '<undefined-condition xmlns="urn:ietf:params:xml:ns:xmpp-streams"/>' +
      `<text xmlns="urn:ietf:params:xml:ns:xmpp-streams" xml:lang="en">${words}</text>` +
      `<handled-count-too-high xmlns="${NS_SM}" h="10" send-count="8"/>`,
  );
});

test("XEP-0198 §5: <resume/> before binding; the stream is bound and managed at once", () => {
  const asked = run([...TO_BINDING, sm("resume", "previd='a&lt;b' h='3'")]);
  assert.deepEqual(asked.effects, [{ kind: "resume", login: LOGIN, wish: { id: "a<b", h: 3 } }]);
  const { text, state } = run([...TO_BINDING, sm("resume", "previd='a&lt;b' h='3'"), RESUMED]);
  assert.equal(text, `<resumed xmlns="${NS_SM}" previd="a&lt;b" h="7"/>`);
  assert.deepEqual(state, { phase: "bound", jid: JID, domain: "example.com", isManaged: true });
});

test("XEP-0198 §5: what cannot be resumed is refused, and a resource may be bound", () => {
  const off: StreamInput = { kind: "resume-result", answer: { ok: false, reason: "off" } };
  const never: StreamInput = { kind: "resume-result", answer: { ok: false, reason: "unknown", h: undefined } };
  for (const [answer, text] of [
    [UNKNOWN, failed("item-not-found", ' h="7"')],
    [never, failed("item-not-found")],
    [off, failed("feature-not-implemented")],
  ] as const) {
    const refused = [...TO_BINDING, sm("resume", "previd='x' h='0'"), answer];
    assert.equal(run(refused).text, text);
    assert.deepEqual(run([...refused, BIND]).kinds, ["bind"]);
  }
  for (const wrong of ["h='1'", "previd='x'", "previd='x' h='x'"]) {
    assert.equal(run([...TO_BINDING, sm("resume", wrong)]).text, failed("bad-request"), wrong);
  }
  const high: StreamInput = { kind: "resume-result", answer: { ok: false, reason: "too-high", h: 9, sent: 8 } };
  assert.equal(run([...TO_BINDING, sm("resume", "previd='x' h='9'"), high]).end, "undefined-condition");
});

test("XEP-0198 §7: a transport that is closed without the end of the stream is no end of a managed one", () => {
  assert.equal(run([...TO_MANAGED, { kind: "half-closed" }]).end, "lost");
  assert.equal(run([...TO_MANAGED, { kind: "end" }]).end, "closed");
  assert.equal(run([...TO_BOUND, { kind: "half-closed" }]).end, "closed");
  assert.equal(run([{ kind: "half-closed" }]).end, "closed");
});

const authenticate = (inside: string): StreamInput =>
  el(
    `<authenticate xmlns='urn:xmpp:sasl:2' mechanism='PLAIN'><initial-response>AGEAYg==</initial-response>${inside}</authenticate>`,
  );
const ENABLE_INLINE = `<bind xmlns='urn:xmpp:bind:0'><enable xmlns='${NS_SM}' resume='true' max='9'/></bind>`;
const RESUME_INLINE = `<resume xmlns='${NS_SM}' previd='a&lt;b' h='3'/>`;

test("XEP-0198 §9, XEP-0386 §3.1: told inline; where nothing is resumed, only that it can be enabled", () => {
  const inline = (resumes: boolean): string =>
    /<inline>.*<\/inline>/.exec(run([OPEN], settings({ resumes })).text)?.[0] ?? "";
  assert.match(
    inline(true),
    /<bind [^>]*><inline><feature var="urn:xmpp:sm:3"\/><\/inline><\/bind><sm xmlns="urn:xmpp:sm:3"\/>/,
  );
  assert.doesNotMatch(inline(false), /<sm /);
  assert.match(inline(false), /<feature var="urn:xmpp:sm:3"\/>/);
});

test("XEP-0198 §9.1: enabled within the binding, answered inside <bound/>, and no feature any more", () => {
  const asked = run([OPEN, authenticate(ENABLE_INLINE), SUCCESS]);
  const device = { tag: undefined, id: undefined, enable: { resume: true, max: 9 }, inline: [] };
  assert.deepEqual(asked.effects.at(-1), { kind: "bind", login: LOGIN, resource: undefined, device });
  const { text, state } = run([OPEN, authenticate(ENABLE_INLINE), SUCCESS, boundWith({ id: "x", max: 9 })]);
  assert.match(
    text,
    /<bound xmlns="urn:xmpp:bind:0"><enabled xmlns="urn:xmpp:sm:3" id="x" resume="true" max="9"\/><\/bound><\/success>/,
  );
  assert.doesNotMatch(text, /<sm /);
  assert.deepEqual(state, { phase: "bound", jid: JID, domain: "example.com", isManaged: true });
});

test("XEP-0198 §9.2: resumed within the login: no binding, and no features behind <success/>", () => {
  const both = authenticate(RESUME_INLINE + ENABLE_INLINE);
  assert.deepEqual(run([OPEN, both, SUCCESS]).kinds, ["authenticated", "resume"]);
  const { text, state, effects } = run([OPEN, both, SUCCESS, RESUMED]);
  assert.match(
    text,
    /<authorization-identifier>john@example.com\/phone<\/authorization-identifier><resumed [^>]*h="7"\/><\/success>$/,
  );
  assert.deepEqual(state, { phase: "bound", jid: JID, domain: "example.com", isManaged: true });
  assert.equal(effects.length, 1);
});

test("XEP-0198 §9.2.1: a resumption that fails is told, and the binding goes on", () => {
  const both = [OPEN, authenticate(RESUME_INLINE + ENABLE_INLINE), SUCCESS, UNKNOWN];
  assert.deepEqual(run(both).kinds, ["bind"]);
  const { text } = run([...both, boundWith({ id: "y", max: 9 })]);
  const told = `${failed("item-not-found", ' h="7"')}<bound xmlns="urn:xmpp:bind:0"><enabled `;
  assert.ok(text.includes(told), text);
  const alone = run([OPEN, authenticate(RESUME_INLINE), SUCCESS, UNKNOWN]);
  assert.match(alone.text, /<failed xmlns="urn:xmpp:sm:3" h="7">.*<\/success><stream:features><bind /);
  assert.equal(alone.state.phase, "binding");
  const malformed = run([OPEN, authenticate(`<resume xmlns='${NS_SM}' h='3'/>`), SUCCESS]);
  assert.ok(malformed.text.includes(failed("bad-request")));
});
