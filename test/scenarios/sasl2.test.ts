/** XEP-0388 over real TLS, as the mechanisms of others use it. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { HEADER, openLine } from "../support/line.ts";
import { PASSWORD, startWorld } from "../support/world.ts";

const NS_SASL = "urn:ietf:params:xml:ns:xmpp-sasl";
const NS_SASL2 = "urn:xmpp:sasl:2";
const b64 = (text: string): string => Buffer.from(text).toString("base64");
const challengeIn = (text: string): string =>
  Buffer.from(/<challenge [^>]*>([^<]+)</.exec(text)?.[1] ?? "", "base64").toString();
const authenticate = (mechanism: string, initial: string, inside = ""): string =>
  `<authenticate xmlns='${NS_SASL2}' mechanism='${mechanism}'><initial-response>${b64(initial)}</initial-response>${inside}</authenticate>`;

const PROFILES: readonly (readonly [name: string, feature: RegExp, begin: string])[] = [
  [
    "RFC 6120",
    /<mechanisms [^>]*>(.*)<\/mechanisms>/,
    `<auth xmlns='${NS_SASL}' mechanism='SCRAM-SHA-256'>${b64("n,,n=romeo,r=abc")}</auth>`,
  ],
  ["XEP-0388", /<authentication [^>]*>(.*)<inline>/, authenticate("SCRAM-SHA-256", "n,,n=romeo,r=abc")],
];
for (const [profile, feature, begin] of PROFILES) {
  test(`XEP-0474 §5.2, ${profile}: a client that hashes what it was shown finds the same in the challenge`, {
    timeout: 20_000,
  }, async () => {
    await using world = await startWorld();
    await world.addUser("romeo@localhost");
    const line = await openLine(world);
    line.say(HEADER);
    const features = await line.hear(/<\/stream:features>/);
    const shown = feature.exec(features)?.[1] ?? "";
    const mechanisms = [...shown.matchAll(/<mechanism>([^<]+)</g)].map(([, name]) => name).sort();
    const bindings = [...features.matchAll(/<channel-binding type="([^"]+)"/g)].map(([, type]) => type).sort();
    assert.ok(mechanisms.length >= 5 && bindings.length === 2, features);
    line.say(begin);
    const challenge = challengeIn(await line.hear(/<\/challenge>/));
    const text = `${mechanisms.join("\x1e")}\x1f${bindings.join("\x1e")}`;
    assert.equal(/,h=(.*)$/.exec(challenge)?.[1], createHash("sha256").update(text).digest("base64"));
    line.socket.destroy();
  });
}

test("RFC 7628 §3.2.2 in XEP-0388: the reason is a challenge; whatever answers it, the login has failed, and another may follow", {
  timeout: 20_000,
}, async () => {
  const secret = "a-secret-for-tests-of-32-characters";
  const discovery = "https://idp.example/.well-known/openid-configuration";
  await using world = await startWorld({ accounts: { tokens: { secret, discovery } } });
  await world.addUser("romeo@localhost");
  const line = await openLine(world);
  line.say(HEADER + authenticate("OAUTHBEARER", "n,,\x01auth=Bearer stolen\x01\x01"));
  const reason = challengeIn(await line.hear(/<\/challenge>/));
  assert.deepEqual(JSON.parse(reason), { status: "invalid_token", "openid-configuration": discovery });
  line.say(`<response xmlns='${NS_SASL2}'>AQ==</response>`);
  await line.hear(/<failure xmlns="urn:xmpp:sasl:2"><not-authorized /);
  line.say(authenticate("PLAIN", `\0romeo\0${PASSWORD}`));
  assert.match(await line.hear(/<\/success>/), /<authorization-identifier>romeo@localhost<\/authorization-identifier>/);
  line.socket.destroy();
});

test("hostile: a request without end is cut at the limit before login; oversized fields of a good one do no harm", {
  timeout: 20_000,
}, async () => {
  await using world = await startWorld();
  await world.addUser("romeo@localhost");
  const endless = await openLine(world);
  endless.say(
    `${HEADER}<authenticate xmlns='${NS_SASL2}' mechanism='PLAIN'><user-agent><software>${"x".repeat(10_000)}`,
  );
  assert.match(await endless.hear(/<\/stream:stream>/), /<policy-violation /);
  const large = await openLine(world);
  const agent = `<user-agent id='${"d".repeat(2000)}'><software>${"s".repeat(2000)}</software></user-agent>`;
  const bind = `<bind xmlns='urn:xmpp:bind:0'><tag>${"t".repeat(2000)}</tag></bind>`;
  const token = `<request-token xmlns='urn:xmpp:fast:0' mechanism='${"m".repeat(2000)}'/>`;
  large.say(HEADER + authenticate("PLAIN", `\0romeo\0${PASSWORD}`, agent + bind + token));
  const text = await large.hear(/<\/success>/);
  assert.match(text, /<authorization-identifier>romeo@localhost\/t{64}\/[\w-]{12}<\/authorization-identifier>/);
  assert.doesNotMatch(text, /<token /);
  large.socket.destroy();
});
