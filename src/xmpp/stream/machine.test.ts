import assert from "node:assert/strict";
import { test } from "node:test";
import { el, header, parse, run, settings, XML_LIMITS } from "../../../test/support/stream.ts";
import { readDocument } from "../xml/document.ts";
import { step } from "./machine.ts";
import type { StreamInput } from "./state.ts";

const OPEN = header({ to: "example.com", version: "1.0" });
const OFFER = { domain: "example.com", from: undefined, mechanisms: ["SCRAM-SHA-256", "PLAIN"], tokenMechanisms: [] };
const NS_SASL = "urn:ietf:params:xml:ns:xmpp-sasl";
const AUTH = el(`<auth xmlns='${NS_SASL}' mechanism='PLAIN'>AGEAYg==</auth>`);
const SUCCESS: StreamInput = { kind: "sasl", outcome: { kind: "success", username: "john", data: undefined } };
const BIND = el(
  "<iq xmlns='jabber:client' type='set' id='b1'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>phone</resource></bind></iq>",
);
const BOUND: StreamInput = {
  kind: "bind-result",
  result: { ok: true, jid: "john@example.com/phone", enabled: undefined },
};
const TO_BOUND = [OPEN, AUTH, SUCCESS, OPEN, BIND, BOUND];
const PING = "<iq xmlns='jabber:client' type='get' id='p' to='example.com'><ping xmlns='urn:xmpp:ping'/></iq>";

test("RFC 6120 §4.7: our header has from, id, version and xml:lang, and `to` only if the peer said who it is", () => {
  const plain = run([OPEN]).text;
  assert.match(plain, /^<\?xml version="1.0"\?><stream:stream xmlns="jabber:client" xmlns:stream="http:\/\/etherx/);
  assert.match(plain, / from="example.com" id="id-1" version="1.0" xml:lang="en">/);
  assert.doesNotMatch(plain, / to=/);
  const named = run([header({ to: "EXAMPLE.com", from: "john@example.com/<x>", version: "1.0" })]).text;
  assert.match(named, / from="example.com" to="john@example.com\/&lt;x&gt;"/);
});

test("RFC 6120 §5.3.1: a required STARTTLS stands alone in the features", () => {
  const { text, state } = run([OPEN], settings({ offersTls: () => true, maySasl: () => false }));
  assert.match(text, /<starttls xmlns="urn:ietf:params:xml:ns:xmpp-tls"><required\/><\/starttls>/);
  assert.doesNotMatch(text, /<mechanism>/);
  assert.equal(state.phase, "negotiating");
  const both = run([OPEN], settings({ offersTls: () => true })).text;
  assert.match(both, /<starttls xmlns="[^"]*"\/>.*<mechanism>SCRAM-SHA-256<\/mechanism><mechanism>PLAIN<\/mechanism>/);
});

test("XEP-0440 §2, XEP-0478 §3.1: channel bindings and limits in the features before login", () => {
  const { text } = run([OPEN], settings({ channelBindings: () => ["tls-exporter"] }));
  assert.match(text, /<sasl-channel-binding xmlns="urn:xmpp:sasl-cb:0"><channel-binding type="tls-exporter"\/></);
  assert.match(text, /<max-bytes>10000<\/max-bytes><idle-seconds>600<\/idle-seconds><\/limits>/);
  assert.doesNotMatch(run([OPEN]).text, /sasl-channel-binding/);
});

test("RFC 6120 §7.2: features after login: binding, the old session as optional, the modules' own, the larger limit", () => {
  const { text, state } = run([OPEN, AUTH, SUCCESS, OPEN]);
  assert.match(text, /<bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"\/><session [^>]*><optional\/><\/session>/);
  assert.match(text, /<c xmlns='urn:x' ver='&lt;1&gt;'\/>/);
  assert.match(text, /<max-bytes>262144<\/max-bytes>/);
  assert.match(text, / to="john@example.com"/);
  assert.equal(state.phase, "binding");
});

const HEADERS: readonly [title: string, input: StreamInput, condition: string][] = [
  ["§4.9.3.6: a domain that is not served", header({ to: "nobody.example", version: "1.0" }), "host-unknown"],
  ["§4.9.3.6: no domain where several are served", header({ version: "1.0" }), "host-unknown"],
  ["§4.9.3.6: something that is no domain", header({ to: "a b", version: "1.0" }), "host-unknown"],
  ["§4.9.3.25: no version", header({ to: "example.com" }), "unsupported-version"],
  ["§4.9.3.25: version 0.9", header({ to: "example.com", version: "0.9" }), "unsupported-version"],
  ["§4.9.3.25: a version that is none", header({ to: "example.com", version: "1e3" }), "unsupported-version"],
  ["§4.9.3.10: another stream namespace", header({ to: "example.com", version: "1.0" }, "urn:x"), "invalid-namespace"],
];
for (const [title, input, condition] of HEADERS) {
  test(`RFC 6120 ${title} → ${condition}, behind a header of ours`, () => {
    const { text, end, state } = run([input]);
    assert.match(text, /^<\?xml version="1.0"\?><stream:stream [^>]*from="example.com" id="id-1"/);
    assert.match(text, new RegExp(`<stream:error><${condition} xmlns=.*</stream:error></stream:stream>$`));
    assert.equal(end, condition);
    assert.equal(state.phase, "closed");
  });
}

test("RFC 6120 §4.7.5: a higher version is answered with 1.0", () => {
  const { text, state } = run([header({ to: "example.com", version: "11.2" })]);
  assert.match(text, / version="1.0" xml:lang/);
  assert.equal(state.phase, "negotiating");
});

test("an open line without a way to TLS is refused in words", () => {
  const { text, end } = run([OPEN], settings({ maySasl: () => false }));
  assert.equal(end, "policy-violation");
  assert.match(text, /wss:\/\//);
});

test("RFC 6120 §4.9.1.2: a fault before the header comes behind a header of ours", () => {
  const { text, end } = run([{ kind: "fault", id: "f", fault: { condition: "not-well-formed", text: "no & please" } }]);
  assert.match(text, /^<\?xml.*<stream:error><not-well-formed xmlns="[^"]*"\/><text [^>]*>no &amp; please<\/text>/);
  assert.equal(end, "not-well-formed");
});

const STARTTLS = el("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>");
test("RFC 6120 §5.4.2: STARTTLS: proceed, handshake, a new header; the failed tries stay counted", () => {
  const s = settings({ offersTls: () => true });
  const bad: StreamInput = { kind: "sasl", outcome: { kind: "failure", condition: "not-authorized" } };
  const started = run([OPEN, AUTH, bad, STARTTLS], s);
  assert.deepEqual(started.kinds, ["send", "start-tls"]);
  const { state } = run([{ kind: "tls-started" }], s, started.state);
  assert.deepEqual(state, { phase: "header", tries: 1, login: undefined });
});

test("RFC 6120 §5.4.2.2: STARTTLS where it is not offered: failure and the end, without a stream error", () => {
  const { text, end } = run([OPEN, STARTTLS]);
  assert.equal(text, '<failure xmlns="urn:ietf:params:xml:ns:xmpp-tls"/></stream:stream>');
  assert.equal(end, "tls-failure");
});

test("RFC 6120 §4.9.1: while TLS is being started nothing is said in the clear", () => {
  const s = settings({ offersTls: () => true });
  const cut: StreamInput = { kind: "cut", condition: "connection-timeout", text: undefined, id: "x" };
  assert.deepEqual(run([OPEN, STARTTLS, cut], s).kinds, ["end"]);
});

const BEFORE_LOGIN: readonly [string, StreamInput][] = [
  ["a stanza", el("<message xmlns='jabber:client' to='x@y'/>")],
  ["an unknown element", el("<hello xmlns='urn:x'/>")],
  ["binding", BIND],
];
for (const [title, input] of BEFORE_LOGIN) {
  test(`RFC 6120 §4.9.3.12: ${title} before login → not-authorized`, () => {
    assert.equal(run([OPEN, input]).end, "not-authorized");
  });
}

test("RFC 6120 §6.4.2: auth starts the mechanism with its initial response", () => {
  assert.deepEqual(run([OPEN, AUTH]).effects, [
    { kind: "sasl-start", offer: OFFER, mechanism: "PLAIN", data: Buffer.from("\0a\0b"), request: undefined },
  ]);
  const none = run([OPEN, el(`<auth xmlns='${NS_SASL}' mechanism='PLAIN'/>`)]).effects[0];
  assert.equal(none?.kind === "sasl-start" && none.data, undefined);
  const empty = run([OPEN, el(`<auth xmlns='${NS_SASL}' mechanism='PLAIN'>=</auth>`)]).effects[0];
  assert.equal(empty?.kind === "sasl-start" && empty.data?.length, 0);
});

const REFUSED: readonly [title: string, inputs: readonly StreamInput[], condition: string][] = [
  ["§6.5.1: abort", [el(`<abort xmlns='${NS_SASL}'/>`)], "aborted"],
  ["§6.5.5: bad base64", [el(`<auth xmlns='${NS_SASL}' mechanism='PLAIN'>a b</auth>`)], "incorrect-encoding"],
  ["§6.5.7: unknown mechanism", [el(`<auth xmlns='${NS_SASL}' mechanism='X'>=</auth>`)], "invalid-mechanism"],
  ["§6.5.8: response without auth", [el(`<response xmlns='${NS_SASL}'>=</response>`)], "malformed-request"],
  ["§6.5.8: another element of SASL", [el(`<success xmlns='${NS_SASL}'/>`)], "malformed-request"],
  [
    "§6.5.10: wrong password",
    [AUTH, { kind: "sasl", outcome: { kind: "failure", condition: "not-authorized" } }],
    "not-authorized",
  ],
];
for (const [title, inputs, condition] of REFUSED) {
  test(`RFC 6120 ${title} → ${condition}, and the client may try again`, () => {
    const { text, state } = run([OPEN, ...inputs]);
    assert.equal(text, `<failure xmlns="${NS_SASL}"><${condition}/></failure>`);
    assert.deepEqual(state, { phase: "negotiating", tries: 1, offer: OFFER });
  });
}

test("RFC 6120 §6.5.4: auth before a required STARTTLS → encryption-required", () => {
  const { text } = run([OPEN, AUTH], settings({ offersTls: () => true, maySasl: () => false }));
  assert.match(text, /<encryption-required\/><text xml:lang="en">STARTTLS comes first\.<\/text>/);
});

test("RFC 6120 §6.4.5: the last try ends the stream with policy-violation", () => {
  const abort = el(`<abort xmlns='${NS_SASL}'/>`);
  assert.equal(run([OPEN, abort, abort]).end, undefined);
  const { text, end } = run([OPEN, abort, abort, abort]);
  assert.match(text, /<aborted\/><\/failure><stream:error><policy-violation/);
  assert.equal(end, "policy-violation");
});

test("RFC 6120 §6.4.3: challenge and response, data of no length as '='", () => {
  const challenge: StreamInput = { kind: "sasl", outcome: { kind: "challenge", data: new Uint8Array(0) } };
  const challenged = run([OPEN, AUTH, challenge]);
  assert.equal(challenged.text, `<challenge xmlns="${NS_SASL}">=</challenge>`);
  const answer = run([el(`<response xmlns='${NS_SASL}'>Yg==</response>`)], settings(), challenged.state);
  assert.deepEqual(answer.effects, [{ kind: "sasl-step", data: Buffer.from("b") }]);
  const again = run([AUTH], settings(), challenged.state);
  assert.deepEqual(again.kinds, ["sasl-forget", "send"]);
  const data = Buffer.from("v=x");
  const success: StreamInput = { kind: "sasl", outcome: { kind: "success", username: "john", data } };
  assert.equal(run([success], settings(), answer.state).text, `<success xmlns="${NS_SASL}">dj14</success>`);
});

test("RFC 6120 §6.4.6: success: the login is known and a new header of the same domain is awaited", () => {
  const { effects, state } = run([OPEN, AUTH, SUCCESS]);
  const login = { domain: "example.com", username: "john" };
  assert.deepEqual(effects, [
    { kind: "send", text: `<success xmlns="${NS_SASL}"/>` },
    { kind: "authenticated", login, restarts: true },
  ]);
  assert.deepEqual(state, { phase: "header", tries: 0, login });
  const other = run([header({ to: "b.example", version: "1.0" })], settings(), state);
  assert.equal(other.end, "host-unknown");
  assert.match(other.text, /from="example.com"/);
});

test("RFC 6120 §7.6: binding with and without a wish, answered with the full JID", () => {
  const login = { domain: "example.com", username: "john" };
  assert.deepEqual(run([OPEN, AUTH, SUCCESS, OPEN, BIND]).effects, [
    { kind: "bind", login, resource: "phone", device: undefined },
  ]);
  const free = el("<iq xmlns='jabber:client' type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>");
  assert.deepEqual(run([OPEN, AUTH, SUCCESS, OPEN, free]).effects, [
    { kind: "bind", login, resource: undefined, device: undefined },
  ]);
  const bound = run(TO_BOUND);
  assert.deepEqual(bound.state, {
    phase: "bound",
    jid: "john@example.com/phone",
    domain: "example.com",
    isManaged: false,
  });
  assert.deepEqual(bound.effects, [
    {
      kind: "send-stanza",
      name: "iq",
      tail: ' type="result" id="b1"><bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"><jid>john@example.com/phone</jid></bind></iq>',
    },
  ]);
});

test("RFC 6120 §7.6.2.1: a refused binding is an error of the IQ, and the client may ask again", () => {
  const refused: StreamInput = {
    kind: "bind-result",
    result: { ok: false, condition: "resource-constraint", text: "20" },
  };
  const { effects, state } = run([OPEN, AUTH, SUCCESS, OPEN, BIND, refused]);
  assert.equal(state.phase, "binding");
  const tail = effects[0]?.kind === "send-stanza" ? effects[0].tail : "";
  assert.match(tail, /^ type="error" id="b1"><error type="wait"><resource-constraint xmlns=/);
});

test("RFC 6120 §7.1: before binding a stanza to others ends the stream, an IQ to the server gets not-authorized", () => {
  const message = el("<message xmlns='jabber:client' to='x@example.com'/>");
  assert.equal(run([OPEN, AUTH, SUCCESS, OPEN, message]).end, "not-authorized");
  const { effects, state } = run([OPEN, AUTH, SUCCESS, OPEN, el(PING)]);
  assert.match(effects[0]?.kind === "send-stanza" ? effects[0].tail : "", /id="p"><error type="auth"><not-authorized/);
  assert.equal(state.phase, "binding");
});

test("RFC 6120 §7.1: binding again → not-allowed; a bind IQ to somebody else is a stanza like others", () => {
  const { effects, state } = run([...TO_BOUND, BIND]);
  assert.match(effects[0]?.kind === "send-stanza" ? effects[0].tail : "", /<not-allowed /);
  assert.equal(state.phase, "bound");
  const other =
    "<iq xmlns='jabber:client' to='a@b' type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>";
  assert.deepEqual(run([...TO_BOUND, el(other)]).kinds, ["deliver"]);
});

const BOUND_INPUTS: readonly [string, string, string][] = [
  ["§8: a message goes to the session", "<message xmlns='jabber:client'/>", "deliver"],
  ["§8: presence goes to the session", "<presence xmlns='jabber:client'/>", "deliver"],
  ["§8: an IQ goes to the session", PING, "deliver"],
  ["§4.9.3.24: an unknown element", "<hello xmlns='jabber:client'/>", "unsupported-stanza-type"],
  ["§4.9.3.24: SASL after login", `<auth xmlns='${NS_SASL}' mechanism='PLAIN'/>`, "unsupported-stanza-type"],
  ["§4.9.3.10: a stanza of another namespace", "<message xmlns='jabber:server'/>", "invalid-namespace"],
];
for (const [title, xml, expected] of BOUND_INPUTS) {
  test(`RFC 6120 ${title}`, () => {
    const { kinds, end } = run([...TO_BOUND, el(xml)]);
    assert.equal(end ?? kinds.join(), expected);
  });
}

test("RFC 6120 §4.4: the peer's end is answered with ours; a lost transport with nothing", () => {
  const closed = run([...TO_BOUND, { kind: "end" }]);
  assert.equal(closed.text, "</stream:stream>");
  assert.equal(closed.end, "closed");
  assert.deepEqual(run([...TO_BOUND, { kind: "gone" }]).effects, [{ kind: "end", reason: "lost" }]);
});

test("nothing happens on a closed stream, whatever comes", () => {
  const inputs: StreamInput[] = [
    OPEN,
    AUTH,
    SUCCESS,
    BIND,
    BOUND,
    { kind: "end" },
    { kind: "gone" },
    { kind: "tls-started" },
  ];
  for (const input of inputs) assert.deepEqual(step({ phase: "closed" }, input, settings()).effects, []);
});

test("an outcome that comes when nobody waits for it changes nothing", () => {
  assert.deepEqual(run([OPEN, SUCCESS]).effects, []);
  assert.deepEqual(run([...TO_BOUND, BOUND]).effects, []);
});

function open(xml: string): StreamInput {
  const { name, ns, attrs } = parse(xml);
  return { kind: "header", id: "w1", header: { name, ns, defaultNs: "", attrs } };
}
const FRAMED = settings({ framing: "frames" });
const NS_FRAMING = "urn:ietf:params:xml:ns:xmpp-framing";

test("RFC 7395 §3.4: open is answered by open and features, each a document of its own", () => {
  const { effects } = run([open(`<open xmlns='${NS_FRAMING}' to='example.com' version='1.0'/>`)], FRAMED);
  const frames = effects.map((effect) => (effect.kind === "send" ? effect.text : ""));
  assert.equal(frames[0], `<open xmlns="${NS_FRAMING}" from="example.com" id="w1" version="1.0" xml:lang="en"/>`);
  assert.match(frames[1] ?? "", /^<stream:features xmlns:stream="http:\/\/etherx.jabber.org\/streams"><authentication/);
  assert.ok(frames[1] !== undefined && readDocument(frames[1], XML_LIMITS).ok);
});

test("RFC 7395 §3.4: anything but open at the start → invalid-namespace; §3.5: the error is a document", () => {
  const { effects, end } = run([open("<message xmlns='jabber:client'/>")], FRAMED);
  const frames = effects.flatMap((effect) => (effect.kind === "send" ? [effect.text] : []));
  assert.equal(end, "invalid-namespace");
  assert.match(frames[1] ?? "", /^<stream:error xmlns:stream="http:\/\/etherx.jabber.org\/streams"><invalid-namespace/);
  assert.equal(frames[2], `<close xmlns="${NS_FRAMING}"/>`);
  for (const frame of frames) assert.ok(readDocument(frame, XML_LIMITS).ok, frame);
});

test("RFC 7395 §3.6: close is answered by close", () => {
  const { text } = run([open(`<open xmlns='${NS_FRAMING}' to='example.com' version='1.0'/>`), { kind: "end" }], FRAMED);
  assert.equal(text, `<close xmlns="${NS_FRAMING}"/>`);
});
