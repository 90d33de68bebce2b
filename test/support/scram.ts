/** A SCRAM client written independently of the server: RFC 5802 §3 and §5. */
import assert from "node:assert/strict";
import { createHash, createHmac, pbkdf2Sync } from "node:crypto";
import type { Authenticator, SaslContext, SaslOutcome } from "../../src/xmpp/sasl/mechanism.ts";
import type { ScramHash } from "../../src/xmpp/sasl/scram-keys.ts";

const utf8 = (text: string) => new TextEncoder().encode(text);
const textOf = (data: Uint8Array | undefined) => new TextDecoder().decode(data);

export interface ScramTalk {
  readonly outcome: SaslOutcome;
  readonly challenge: string;
  /** The server proved that it holds the key of this password. */
  readonly isServerProven: boolean;
}

/** What happens between the challenge and the proof. */
type Meanwhile = () => void;

export async function scramTalk(
  authenticator: Authenticator,
  context: SaslContext,
  mechanism: string,
  username: string,
  password: string,
  meanwhile: Meanwhile = () => undefined,
): Promise<ScramTalk> {
  const hash: ScramHash = mechanism.includes("256") ? "sha256" : "sha1";
  const plus = mechanism.endsWith("-PLUS");
  const exchange = authenticator.start(mechanism, context);
  assert.ok(exchange);
  const header = plus ? "p=tls-exporter,," : "n,,";
  const bare = `n=${username},r=abc`;
  const first = await exchange.step(utf8(header + bare));
  if (first.kind !== "challenge") return { outcome: first, challenge: "", isServerProven: false };
  const challenge = textOf(first.data);
  const [, nonce = "", salt = "", rounds = ""] = /^r=(.*),s=(.*),i=(.*)$/.exec(challenge) ?? [];
  const salted = pbkdf2Sync(password, Buffer.from(salt, "base64"), Number(rounds), hash === "sha1" ? 20 : 32, hash);
  const exporter = plus ? (context.channelBindings["tls-exporter"] ?? utf8("")) : utf8("");
  const binding = Buffer.concat([Buffer.from(header), exporter]).toString("base64");
  const without = `c=${binding},r=${nonce}`;
  const message = `${bare},${challenge},${without}`;
  const hmac = (key: Uint8Array, text: string) => createHmac(hash, key).update(text).digest();
  const key = hmac(salted, "Client Key");
  const signature = hmac(createHash(hash).update(key).digest(), message);
  const proof = Buffer.from(key.map((octet, index) => octet ^ (signature[index] ?? 0))).toString("base64");
  meanwhile();
  const outcome = await exchange.step(utf8(`${without},p=${proof}`));
  const proven = `v=${hmac(hmac(salted, "Server Key"), message).toString("base64")}`;
  return { outcome, challenge, isServerProven: outcome.kind === "success" && textOf(outcome.data) === proven };
}
