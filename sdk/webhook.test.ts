/** Signatures, held against the reference implementation of Standard Webhooks. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Webhook as Reference } from "standardwebhooks";
import { signWebhook, verifyWebhook, WebhookError, type WebhookFault } from "./index.ts";

const SECRET = `whsec_${btoa("0123456789abcdef0123456789abcdef")}`;
const OTHER = `whsec_${btoa("another secret of thirty-two byte")}`;
const NOW = Date.UTC(2026, 0, 1);
const BODY = '{"users":["jöhn"]}';
const now = (): number => NOW;

async function signed(
  body = BODY,
  secret = SECRET,
  at = NOW,
): Promise<{ headers: Record<string, string>; body: string }> {
  return { headers: await signWebhook("msg_1", body, secret, at), body };
}

async function faultOf(promise: Promise<unknown>): Promise<WebhookFault | undefined> {
  return promise.then(
    () => undefined,
    (error: unknown) => (error instanceof WebhookError ? error.fault : Promise.reject(error)),
  );
}

test("what the reference signs is verified, and the other way round", async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ minLength: 24, maxLength: 64 }), fc.json(), async (key, body) => {
      const secret = `whsec_${Buffer.from(key).toString("base64")}`;
      const reference = new Reference(secret);
      const seconds = Math.floor(Date.now() / 1000);
      const headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": String(seconds),
        "webhook-signature": reference.sign("msg_1", new Date(seconds * 1000), body),
      };
      assert.deepEqual((await verifyWebhook({ headers, body }, secret)).payload, JSON.parse(body));
      assert.deepEqual(reference.verify(body, await signWebhook("msg_2", body, secret)), JSON.parse(body));
    }),
    { numRuns: 50 },
  );
});

test("a Request, headers of node:http, octets and several secrets are taken", async () => {
  const { headers, body } = await signed();
  const request = new Request("http://app.test/batch", { method: "POST", headers, body });
  const webhook = await verifyWebhook<{ users: string[] }>(request, [OTHER, SECRET], { now });
  assert.deepEqual(webhook, { id: "msg_1", timestamp: new Date(NOW), payload: { users: ["jöhn"] } });
  await verifyWebhook({ headers, body: Buffer.from(body) }, SECRET, { now });
  const two = { ...headers, "webhook-signature": `v1,AAAA v2,x ${headers["webhook-signature"]}` };
  await verifyWebhook({ headers: new Headers(two), body }, SECRET, { now });
});

test("a changed body, id, time or secret is refused", async () => {
  const { headers, body } = await signed();
  const refusals: [Record<string, string>, string, string][] = [
    [headers, `${body} `, SECRET],
    [headers, body, OTHER],
    [{ ...headers, "webhook-id": "msg_2" }, body, SECRET],
    [{ ...headers, "webhook-timestamp": String(NOW / 1000 + 1) }, body, SECRET],
    [{ ...headers, "webhook-signature": "v1," }, body, SECRET],
    [{ ...headers, "webhook-signature": "v1,%" }, body, SECRET],
    [{ ...headers, "webhook-signature": (headers["webhook-signature"] ?? "").replace("v1,", "v1a,") }, body, SECRET],
  ];
  for (const [headers, body, secret] of refusals) {
    assert.equal(await faultOf(verifyWebhook({ headers, body }, secret, { now })), "bad-signature");
  }
});

test("an old or early time, a missing header, a long or broken body are refused, each by its name", async () => {
  const call = await signed();
  assert.equal(await faultOf(verifyWebhook(call, SECRET, { now: () => NOW + 301_000 })), "too-old");
  assert.equal(await faultOf(verifyWebhook(call, SECRET, { now: () => NOW - 301_000 })), "too-new");
  assert.equal(await faultOf(verifyWebhook({ headers: {}, body: BODY }, SECRET)), "missing-header");
  const odd = { ...call, headers: { ...call.headers, "webhook-timestamp": "1e3" } };
  assert.equal(await faultOf(verifyWebhook(odd, SECRET)), "bad-timestamp");
  assert.equal(await faultOf(verifyWebhook(await signed("{"), SECRET, { now })), "not-json");
  const request = new Request("http://app.test/", { method: "POST", ...call });
  assert.equal(await faultOf(verifyWebhook(request, SECRET, { now, maxBytes: 5 })), "too-large");
});

test("a secret that is none is the developer's mistake, not the caller's", async () => {
  const call = await signed();
  for (const secret of ["", "whsec_", "plain", "whsec_%%"])
    await assert.rejects(verifyWebhook(call, secret), TypeError);
});
