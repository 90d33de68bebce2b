import assert from "node:assert/strict";
import { test } from "node:test";
import { heldCopy, onlineResource } from "../../test/support/http.ts";
import { contactsOf, type Entry } from "../../test/support/sessions.ts";
import { explain, type Side } from "./explain.ts";

const NOW = 10_000_000;

function side(jid: string, contacts: Readonly<Record<string, Entry>> | undefined, more: Partial<Side> = {}): Side {
  const held = contacts === undefined ? undefined : heldCopy(contacts, NOW - 60_000);
  const list = contacts === undefined ? null : contactsOf(contacts);
  return { jid, isServed: true, held, list, resources: [onlineResource("phone")], lastActivity: NOW, ...more };
}

const john = side("john@a.example", { "marie@a.example": "both" });
const marie = side("marie@a.example", { "john@a.example": "both" });

test("visible: both lists allow it, both have sent presence", () => {
  const { visible, allowed, reasons } = explain(
    john,
    { ...marie, resources: [onlineResource("tv", { show: "away" })] },
    NOW,
  );
  assert.deepEqual([visible, allowed], [true, true]);
  assert.equal(reasons[0], "john@a.example sees marie@a.example on tv.");
  assert.ok(reasons.includes("marie@a.example is available on tv (away)."));
});

test("XEP-0198 §5: somebody whose client is waited for is available, and it is said why", () => {
  const resources = [onlineResource("tv", { waiting: true }), onlineResource("pc", { show: "xa", waiting: true })];
  const { visible, reasons } = explain(john, { ...marie, resources }, NOW);
  assert.equal(visible, true);
  const lost = "its connection is lost; its client is waited for";
  assert.ok(reasons.includes(`marie@a.example is available on tv (${lost}), pc (xa; ${lost}).`), reasons.join("\n"));
});

/** Not visible, for the reason that the sentence names. */
function hidden(user: Side, contact: Side, allowed: boolean, reason: RegExp): void {
  const found = explain(user, contact, NOW);
  assert.deepEqual([found.visible, found.allowed], [false, allowed]);
  assert.equal(found.reasons[0], `${user.jid} does not see ${contact.jid} as available.`);
  assert.ok(
    found.reasons.some((text) => reason.test(text)),
    found.reasons.join("\n"),
  );
}

test("hidden by a list: it lacks the other, or its subscription is the wrong one", () => {
  hidden(side("john@a.example", {}), marie, false, /list of john@a\.example does not have marie@a\.example/);
  hidden(john, side("marie@a.example", {}), false, /list of marie@a\.example does not have john@a\.example/);
  const from = side("john@a.example", { "marie@a.example": "from" });
  hidden(from, marie, false, /subscription from; to or both is needed/);
  const to = side("marie@a.example", { "john@a.example": "to" });
  hidden(john, to, false, /subscription to; from or both is needed/);
});

test("hidden because a list is not known: never fetched, not given yet, or too old to stand in", () => {
  hidden(john, side("marie@a.example", undefined, { resources: [] }), false, /never fetched, and is at the next login/);
  hidden(john, side("marie@a.example", undefined), false, /application has not given it yet/);
  hidden(john, { ...marie, list: null }, false, /stale-if-error/);
});

test("hidden because somebody is offline, or connected without presence", () => {
  hidden(
    john,
    { ...marie, resources: [], lastActivity: NOW - 7_200_000 },
    true,
    /offline and was last seen 2 h ago, so there/,
  );
  hidden(john, { ...marie, resources: [], lastActivity: undefined }, true, /offline and was never seen here/);
  hidden(
    john,
    { ...marie, resources: [onlineResource("tv", { available: false })] },
    true,
    /connected with tv but has sent no/,
  );
  hidden({ ...john, resources: [] }, marie, true, /john@a\.example is offline .*so nobody is shown there/);
});

test("another served domain is like the same one; any other server is not spoken to", () => {
  const user = side("john@a.example", { "zoe@b.example": "both", "x@far.example": "both" });
  const zoe = side("zoe@b.example", { "john@a.example": "both" });
  const { visible, reasons } = explain(user, zoe, NOW);
  assert.equal(visible, true);
  assert.ok(reasons.some((text) => /different domains, both served here/.test(text)));
  const far = side("x@far.example", undefined, { isServed: false, resources: [] });
  hidden(user, far, false, /x@far\.example is on a server that this one does not talk to/);
});

test("the server itself is nobody: it is not said to be another server", () => {
  const server = side("a.example", undefined, { isServed: false, resources: [], lastActivity: undefined });
  hidden(john, server, false, /^a\.example is this server itself, which has no presence\.$/);
  assert.ok(!explain(john, server, NOW).reasons.some((text) => text.includes("does not talk to")));
});

test("what is pending, ends, is stale or marked old is said; one's own resources are always seen", () => {
  const held = { ...heldCopy({}, NOW - 60_000), stale: true, old: true };
  const user = side("john@a.example", { "marie@a.example": { subscription: "none", ask: true, until: NOW } }, { held });
  const { reasons } = explain(user, marie, NOW);
  const text = reasons.join("\n");
  for (const said of [
    /request to marie@a\.example is pending/,
    /ends at 1970/,
    /It is stale/,
    /marked old/,
    /60 s ago/,
  ]) {
    assert.match(text, said);
  }
  assert.equal(explain(john, john, NOW).visible, true);
});
