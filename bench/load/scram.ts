/** The client's side of SCRAM-SHA-1 (RFC 5802 §3). */
import { createHash, createHmac, pbkdf2Sync, randomBytes } from "node:crypto";

/** Derived once for each salt, as a client keeps them (RFC 5802 §5.1): what is measured is the server. */
const keys = new Map<string, { readonly client: Buffer; readonly server: Buffer }>();

export interface ScramClient {
  readonly first: string;
  /** The answer to the server's challenge. */
  final(challenge: string): string;
  /** Whether the server knows the keys too. */
  isServer(message: string): boolean;
}

export function scramClient(username: string, password: string): ScramClient {
  const bare = `n=${username},r=${randomBytes(18).toString("base64")}`;
  let expected = "";
  return {
    first: `n,,${bare}`,
    final(challenge) {
      const [, nonce = "", salt = "", rounds = ""] = /^r=([^,]+),s=([^,]+),i=(\d+)/.exec(challenge) ?? [];
      const { client, server } = keysOf(password, salt, Number(rounds));
      const last = `c=biws,r=${nonce}`;
      const signed = `${bare},${challenge},${last}`;
      const signature = hmac(createHash("sha1").update(client).digest(), signed);
      const proof = client.map((octet, at) => octet ^ (signature[at] ?? 0));
      expected = `v=${hmac(server, signed).toString("base64")}`;
      return `${last},p=${Buffer.from(proof).toString("base64")}`;
    },
    isServer: (message) => message === expected,
  };
}

function keysOf(password: string, salt: string, rounds: number): { readonly client: Buffer; readonly server: Buffer } {
  const key = `${rounds}$${salt}`;
  let found = keys.get(key);
  if (found === undefined) {
    const salted = pbkdf2Sync(password, Buffer.from(salt, "base64"), rounds, 20, "sha1");
    found = { client: hmac(salted, "Client Key"), server: hmac(salted, "Server Key") };
    keys.set(key, found);
  }
  return found;
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac("sha1", key).update(text).digest();
}
