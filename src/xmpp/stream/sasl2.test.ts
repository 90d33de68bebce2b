/** XEP-0388, XEP-0386 and XEP-0484 as the machine speaks them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { el, header, run, settings, XML_LIMITS } from "../../../test/support/stream.ts";
import type { SaslOutcome } from "../sasl/mechanism.ts";
import { readDocument } from "../xml/document.ts";
import type { StreamInput } from "./state.ts";

const NS_SASL = "urn:ietf:params:xml:ns:xmpp-sasl";
const NS_SASL2 = "urn:xmpp:sasl:2";
const FAST = settings({ tokenMechanisms: () => ["HT-SHA-256-EXPR", "HT-SHA-256-NONE"] });

const OPEN = header({ to: "example.com", version: "1.0" });
const LOGIN = { domain: "example.com", username: "john" };
const AGENT_ID = "d4565fa7-4d72-4749-b3d3-740edbf87770";
const PLAIN = "<initial-response>AGEAYg==</initial-response>";

function authenticate(inside = PLAIN, mechanism = "PLAIN"): StreamInput {
  return el(`<authenticate xmlns='${NS_SASL2}' mechanism='${mechanism}'>${inside}</authenticate>`);
}

function outcome(of: SaslOutcome): StreamInput {
  return { kind: "sasl", outcome: of };
}

const SUCCESS = outcome({ kind: "success", username: "john", data: undefined });
const REFUSED = outcome({ kind: "failure", condition: "not-authorized", text: "no & no" });
const BIND2 = "<bind xmlns='urn:xmpp:bind:0'><tag>Awesome &lt;XMPP></tag></bind>";
const JID = "john@example.com/Awesome/x<1>";
const BOUND: StreamInput = { kind: "bind-result", result: { ok: true, jid: JID, enabled: undefined } };

/** What `<authenticate/>` with this inside asks for. */
function requestOf(inside: string, open = OPEN) {
  const [effect] = run([open, authenticate(inside)], FAST).effects;
  assert.ok(effect?.kind === "sasl-start" && effect.request !== undefined);
  return { data: effect.data, ...effect.request };
}

test("XEP-0388 §2.1, XEP-0386 §3.1: the feature has the mechanisms and what can be had inline, beside the SASL of RFC 6120", () => {
  const { text } = run([OPEN]);
  const mechanisms = "<mechanism>SCRAM-SHA-256</mechanism><mechanism>PLAIN</mechanism>";
  const inline =
    '<inline><bind xmlns="urn:xmpp:bind:0"><inline><feature var="urn:xmpp:sm:3"/></inline></bind><sm xmlns="urn:xmpp:sm:3"/></inline>';
  assert.ok(text.includes(`<authentication xmlns="${NS_SASL2}">${mechanisms}${inline}</authentication>`), text);
  assert.ok(text.includes(`<mechanisms xmlns="${NS_SASL}">${mechanisms}</mechanisms>`), text);
});

test("XEP-0484 §3.1: mechanisms that take a token stand inline, and only where there are some", () => {
  const fast =
    '<fast xmlns="urn:xmpp:fast:0"><mechanism>HT-SHA-256-EXPR</mechanism><mechanism>HT-SHA-256-NONE</mechanism></fast>';
  assert.ok(run([OPEN], FAST).text.includes(`<sm xmlns="urn:xmpp:sm:3"/>${fast}</inline>`));
  assert.doesNotMatch(run([OPEN]).text, /urn:xmpp:fast/);
});

test("XEP-0388 §3: nothing of it on an open line, nor without a mechanism; XEP-0440 §2: the bindings stand beside it", () => {
  const open = settings({ offersTls: () => true, maySasl: () => false });
  assert.doesNotMatch(run([OPEN], open).text, /urn:xmpp:sasl:2/);
  assert.match(run([OPEN, authenticate()], open).text, /<encryption-required xmlns="[^"]*xmpp-sasl"\/>/);
  assert.doesNotMatch(run([OPEN], settings({ mechanisms: () => [] })).text, /urn:xmpp:sasl:2/);
  const bound = run([OPEN], settings({ channelBindings: () => ["tls-exporter"] })).text;
  assert.match(bound, /<\/sasl-channel-binding><authentication /);
});

test("XEP-0388 §2.3, §2.4: an initial response that is empty is not one that is absent", () => {
  assert.deepEqual(requestOf(PLAIN).data, Buffer.from("\0a\0b"));
  assert.equal(requestOf("").data, undefined);
  assert.equal(requestOf("<initial-response/>").data?.length, 0);
  assert.deepEqual(requestOf("<initial-response>\n  AGEA\n  Yg==\n</initial-response>").data, Buffer.from("\0a\0b"));
});

test("XEP-0388 §2.4: the user agent: a UUID v4, texts for people that are cleaned and cut; whom the header names", () => {
  const agent = (attrs: string, inside = "") => requestOf(`<user-agent ${attrs}>${inside}</user-agent>`).agent;
  const told = agent(
    `id='${AGENT_ID.toUpperCase()}'`,
    `<software> Awesome\n XMPP\u202e</software><device>${"😀".repeat(100)}</device>`,
  );
  assert.deepEqual(told, { id: AGENT_ID, software: "Awesome XMPP", device: "😀".repeat(60) });
  assert.deepEqual(agent(""), { id: undefined, software: "", device: "" });
  for (const id of ["", "1", AGENT_ID.replace("-4749-", "-1749-"), `${AGENT_ID}0`, "../../etc"]) {
    assert.equal(agent(`id='${id}'`)?.id, undefined, id);
  }
  assert.equal(requestOf("").agent, undefined);
  const from = (text: string) => requestOf("", header({ to: "example.com", from: text, version: "1.0" })).from;
  assert.equal(from("John@EXAMPLE.com/phone"), "john@example.com");
  assert.equal(from("example.com"), undefined);
  assert.equal(from("a b@@"), undefined);
});

test("XEP-0484 §3.2, §3.4, §3.6: a token is asked for, used, counted and invalidated", () => {
  const fast = (attrs: string) => requestOf(`<fast xmlns='urn:xmpp:fast:0' ${attrs}/>`).token;
  assert.deepEqual(fast(""), { count: undefined, invalidate: false });
  assert.deepEqual(fast("count='0'"), { count: 0, invalidate: false });
  assert.deepEqual(fast("count='2147483647' invalidate='1'"), { count: 2_147_483_647, invalidate: true });
  assert.deepEqual(fast("invalidate='true'"), { count: undefined, invalidate: true });
  assert.equal(requestOf("").token, undefined);
  const asked = requestOf("<request-token xmlns='urn:xmpp:fast:0' mechanism='HT-SHA-256-EXPR'/>");
  assert.equal(asked.tokenFor, "HT-SHA-256-EXPR");
  assert.deepEqual(run([OPEN, authenticate("", "HT-SHA-256-NONE")], FAST).kinds, ["sasl-start"]);
});

const ROWS: readonly [title: string, inputs: readonly StreamInput[], condition: string, forgets?: true][] = [
  ["§2.4: a mechanism that was not offered", [authenticate(PLAIN, "X")], "invalid-mechanism"],
  ["§2.4: a token mechanism where none is offered", [authenticate("", "HT-SHA-256-NONE")], "invalid-mechanism"],
  ["§2.4: no mechanism", [el(`<authenticate xmlns='${NS_SASL2}'/>`)], "invalid-mechanism"],
  ["§2.3: = is no data here", [authenticate("<initial-response>=</initial-response>")], "incorrect-encoding"],
  ["§2.3: bad base64", [authenticate("<initial-response>AGEAYg</initial-response>")], "incorrect-encoding"],
  ["§2.6.1: a response that nothing asked for", [el(`<response xmlns='${NS_SASL2}'/>`)], "malformed-request"],
  ["§2.6.3: next, where there is no task", [el(`<next xmlns='${NS_SASL2}' task='X'/>`)], "malformed-request", true],
  ["§2.6.3: task-data", [el(`<task-data xmlns='${NS_SASL2}'/>`)], "malformed-request", true],
  ["§4.5: abort", [el(`<abort xmlns='${NS_SASL2}'><text>no</text></abort>`)], "aborted", true],
  ["another element", [el(`<success xmlns='${NS_SASL2}'/>`)], "malformed-request", true],
  [
    "XEP-0484 §3.4: a negative count",
    [authenticate("<fast xmlns='urn:xmpp:fast:0' count='-1'/>")],
    "malformed-request",
  ],
  ["a count beyond xs:int", [authenticate("<fast xmlns='urn:xmpp:fast:0' count='2147483648'/>")], "malformed-request"],
  ["a wrong password", [authenticate(), REFUSED], "not-authorized"],
];
for (const [title, inputs, condition, forgets] of ROWS) {
  test(`XEP-0388 ${title} → ${condition}, and the client may try again, in either profile`, () => {
    const { text, state, kinds } = run([OPEN, ...inputs]);
    assert.match(
      text,
      new RegExp(`^<failure xmlns="${NS_SASL2}"><${condition} xmlns="${NS_SASL}"/>(<text>.*</text>)?</failure>$`),
    );
    assert.equal(kinds.includes("sasl-forget"), forgets === true);
    assert.equal(state.phase === "negotiating" && state.tries, 1);
    assert.deepEqual(run([authenticate()], settings(), state).kinds, ["sasl-start"]);
    const old = el(`<auth xmlns='${NS_SASL}' mechanism='PLAIN'>AGEAYg==</auth>`);
    assert.deepEqual(run([old], settings(), state).kinds, ["sasl-start"]);
  });
}

test("XEP-0388 §2.6.2: both profiles count into the same tries", () => {
  const old = el(`<abort xmlns='${NS_SASL}'/>`);
  const { end, text } = run([OPEN, authenticate(), REFUSED, old, authenticate(), REFUSED]);
  assert.equal(end, "policy-violation");
  assert.match(text, /<text>no &amp; no<\/text><\/failure><stream:error><policy-violation/);
});

test("XEP-0388 §2.6: challenge and response; data of no length is an empty element", () => {
  const empty = run([OPEN, authenticate(""), outcome({ kind: "challenge", data: new Uint8Array(0) })]);
  assert.equal(empty.text, `<challenge xmlns="${NS_SASL2}"/>`);
  const more = run([OPEN, authenticate(), outcome({ kind: "challenge", data: Buffer.from("b") })]);
  assert.equal(more.text, `<challenge xmlns="${NS_SASL2}">Yg==</challenge>`);
  const answer = (xml: string) => run([el(xml)], settings(), more.state);
  assert.deepEqual(answer(`<response xmlns='${NS_SASL2}'>Yg==</response>`).effects, [
    { kind: "sasl-step", data: Buffer.from("b") },
  ]);
  const none = answer(`<response xmlns='${NS_SASL2}'/>`).effects[0];
  assert.equal(none?.kind === "sasl-step" && none.data.length, 0);
  assert.match(answer(`<response xmlns='${NS_SASL2}'>=</response>`).text, /<incorrect-encoding /);
  assert.deepEqual(answer(`<abort xmlns='${NS_SASL2}'/>`).kinds, ["sasl-forget", "send"]);
});

const DURING: readonly [string, StreamInput][] = [
  ["a second authenticate", authenticate()],
  ["a response of the other profile", el(`<response xmlns='${NS_SASL}'>Yg==</response>`)],
  ["auth of the other profile", el(`<auth xmlns='${NS_SASL}' mechanism='PLAIN'>AGEAYg==</auth>`)],
  ["a stanza", el("<message xmlns='jabber:client'/>")],
];
for (const [title, input] of DURING) {
  test(`XEP-0388 §2.5: ${title} while a challenge waits ends the stream`, () => {
    const challenge = outcome({ kind: "challenge", data: Buffer.from("b") });
    assert.equal(run([OPEN, authenticate(), challenge, input]).end, "not-authorized");
  });
}

test("XEP-0388 §2.5: a login of RFC 6120 under way is not taken over by the other profile", () => {
  const auth = el(`<auth xmlns='${NS_SASL}' mechanism='PLAIN'/>`);
  const challenge = outcome({ kind: "challenge", data: new Uint8Array(0) });
  assert.equal(run([OPEN, auth, challenge, authenticate()]).end, "not-authorized");
});

test("XEP-0388 §2.6.1: success without binding: the bare JID, then at once the features with binding; the stream goes on", () => {
  const { effects, text, state } = run([OPEN, authenticate(), SUCCESS]);
  assert.deepEqual(effects[0], { kind: "authenticated", login: LOGIN, restarts: false });
  const identifier = "<authorization-identifier>john@example.com</authorization-identifier>";
  assert.ok(text.startsWith(`<success xmlns="${NS_SASL2}">${identifier}</success><stream:features><bind xmlns=`), text);
  assert.match(text, /<session .*<c xmlns='urn:x' ver='&lt;1&gt;'\/>.*<max-bytes>262144<\/max-bytes>/);
  assert.doesNotMatch(text, /urn:xmpp:sasl:2.*urn:xmpp:sasl:2/);
  assert.deepEqual(state, { phase: "binding", login: LOGIN });
});

test("XEP-0388 §2.6.1, XEP-0484 §3.3: additional data and the token stand in success", () => {
  const token = { secret: "a<b", expiry: "2026-12-24T18:00:00Z" };
  const right = outcome({ kind: "success", username: "john", data: Buffer.from("v=x"), token });
  const { text } = run([OPEN, authenticate(), right]);
  assert.match(text, /^<success [^>]*><additional-data>dj14<\/additional-data><authorization-identifier>/);
  assert.match(text, /<token xmlns="urn:xmpp:fast:0" expiry="2026-12-24T18:00:00Z" token="a&lt;b"\/><\/success>/);
  const empty = outcome({ kind: "success", username: "john", data: new Uint8Array(0) });
  assert.match(run([OPEN, authenticate(), empty]).text, /<additional-data\/>/);
});

test("XEP-0386 §3.2: bound inside the login: the full JID in success, and no binding in the features", () => {
  const inside = `${PLAIN}<user-agent id='${AGENT_ID}'/>${BIND2}`;
  const asked = run([OPEN, authenticate(inside), SUCCESS]);
  const device = { tag: "Awesome <XMPP>", id: AGENT_ID, enable: undefined, inline: [] };
  assert.deepEqual(asked.effects, [
    { kind: "authenticated", login: LOGIN, restarts: false },
    { kind: "bind", login: LOGIN, resource: undefined, device },
  ]);
  const { text, state } = run([BOUND], settings(), asked.state);
  assert.match(text, /<authorization-identifier>john@example.com\/Awesome\/x&lt;1&gt;<\/authorization-identifier>/);
  assert.match(
    text,
    /<bound xmlns="urn:xmpp:bind:0"\/><\/success><stream:features><sm xmlns="urn:xmpp:sm:3"\/><c xmlns='urn:x'/,
  );
  assert.doesNotMatch(text, /xmpp-bind|xmpp-session/);
  assert.deepEqual(state, { phase: "bound", jid: JID, domain: "example.com", isManaged: false });
  const message = el("<message xmlns='jabber:client'/>");
  assert.deepEqual(run([message], settings(), state).kinds, ["deliver"]);
  assert.equal(run([authenticate()], settings(), state).end, "unsupported-stanza-type");
});

test("XEP-0386 §3.1, §3.2: what can be asked for with a resource is told, handed on, and answered inside bound", () => {
  const more = settings({ inlineFeatures: () => ["urn:a", "urn:<b>"] });
  const told = '<inline><feature var="urn:a"/><feature var="urn:&lt;b&gt;"/><feature var="urn:xmpp:sm:3"/></inline>';
  assert.ok(run([OPEN], more).text.includes(`<bind xmlns="urn:xmpp:bind:0">${told}</bind><sm `));
  const inside = `${PLAIN}<bind xmlns='urn:xmpp:bind:0'><enable xmlns='urn:a'/><tag>x</tag><on xmlns='urn:c'/></bind>`;
  const asked = run([OPEN, authenticate(inside), SUCCESS], more);
  const bind = asked.effects[1];
  assert.ok(bind?.kind === "bind");
  assert.equal(bind.device?.tag, "x");
  assert.deepEqual(
    bind.device.inline.map(({ name, ns }) => [name, ns]),
    [
      ["enable", "urn:a"],
      ["on", "urn:c"],
    ],
  );
  const bound: StreamInput = {
    kind: "bind-result",
    result: { ok: true, jid: JID, enabled: undefined, inline: "<a xmlns='urn:a'/>" },
  };
  assert.match(run([bound], more, asked.state).text, /<bound xmlns="urn:xmpp:bind:0"><a xmlns='urn:a'\/><\/bound>/);
});

test("XEP-0388 §2.6.2, XEP-0386 §3.2: a login that fails binds nothing; one that cannot bind may bind by RFC 6120", () => {
  assert.deepEqual(run([OPEN, authenticate(PLAIN + BIND2), REFUSED]).kinds, ["send"]);
  const full: StreamInput = {
    kind: "bind-result",
    result: { ok: false, condition: "resource-constraint", text: "20 & no more" },
  };
  const { text, state } = run([OPEN, authenticate(PLAIN + BIND2), SUCCESS, full]);
  assert.match(
    text,
    /<authorization-identifier>john@example.com<\/authorization-identifier><failed xmlns="urn:xmpp:bind:0">/,
  );
  assert.match(
    text,
    /<error type="wait"><resource-constraint .*20 &amp; no more.*<\/failed><\/success><stream:features><bind/,
  );
  assert.equal(state.phase, "binding");
});

test("XEP-0388 §4.7: another authenticate after success ends the stream", () => {
  assert.equal(run([OPEN, authenticate(), SUCCESS, authenticate()]).end, "unsupported-stanza-type");
});

test("RFC 7395 §3.3: success and features are a document each", () => {
  const open: StreamInput = {
    kind: "header",
    id: "w1",
    header: {
      name: "open",
      ns: "urn:ietf:params:xml:ns:xmpp-framing",
      defaultNs: "",
      attrs: { to: "example.com", version: "1.0" },
    },
  };
  const { effects } = run([open, authenticate(PLAIN + BIND2), SUCCESS, BOUND], settings({ framing: "frames" }));
  const frames = effects.flatMap((effect) => (effect.kind === "send" ? [effect.text] : []));
  assert.equal(frames.length, 2);
  for (const frame of frames) assert.ok(readDocument(frame, XML_LIMITS).ok, frame);
});
