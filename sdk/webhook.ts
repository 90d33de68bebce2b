/** Standard Webhooks (https://www.standardwebhooks.com), symmetric signatures, both ways. */
import { type Bytes, base64, concat, fromBase64, hmacSha256, isEqual, utf8 } from "./bytes.ts";
import { WebhookError } from "./errors.ts";
import { readLimited } from "./read-limited.ts";

/** Headers as any server has them: `Headers`, or an object with lower-case names as of node:http. */
export type HeadersLike = Headers | Readonly<Record<string, string | readonly string[] | undefined>>;

export interface SignedCall {
  readonly headers: HeadersLike;
  /** As it came in, byte for byte: not parsed and written again. */
  readonly body: string | Uint8Array;
}

export interface VerifyOptions {
  /** Seconds by which the clocks may differ; 300. */
  readonly tolerance?: number;
  /** Largest body that is read of a `Request`, in bytes; 8 MiB. */
  readonly maxBytes?: number;
  /** Milliseconds since the epoch; for tests. */
  readonly now?: () => number;
}

export interface Webhook<Payload = unknown> {
  /** The same for every try to deliver one message: remember it to act once. */
  readonly id: string;
  readonly timestamp: Date;
  /** The body, parsed. Trust its shape as far as you trust its sender. */
  readonly payload: Payload;
}

const EIGHT_MIB = 8 * 1024 * 1024;

/**
 * Checks that Kith signed this call with (one of) the secret(s) of `contacts.secret`, and reads its body.
 * @throws WebhookError: it did not, or too long ago
 * @throws TypeError: a secret is not `whsec_` and base64
 */
export async function verifyWebhook<Payload = unknown>(
  call: Request | SignedCall,
  secrets: string | readonly string[],
  { tolerance = 300, maxBytes = EIGHT_MIB, now = Date.now }: VerifyOptions = {},
): Promise<Webhook<Payload>> {
  const keys = (typeof secrets === "string" ? [secrets] : secrets).map(keyOf);
  const id = header(call.headers, "webhook-id");
  const time = header(call.headers, "webhook-timestamp");
  const signatures = header(call.headers, "webhook-signature");
  if (!/^\d{1,15}$/.test(time)) {
    throw new WebhookError("bad-timestamp", "webhook-timestamp is not a number of seconds");
  }
  const age = now() / 1000 - Number(time);
  if (age > tolerance)
    throw new WebhookError("too-old", `signed ${Math.round(age)} s ago: a replay, or a clock is off`);
  if (-age > tolerance) throw new WebhookError("too-new", `signed ${Math.round(-age)} s in the future: a clock is off`);
  const body = call instanceof Request ? await readLimited(call, maxBytes) : bytesOf(call.body);
  if (body === undefined) throw new WebhookError("too-large", `the body is larger than ${maxBytes} bytes`);
  if (!(await isSigned(signatures, `${id}.${time}.`, body, keys))) {
    throw new WebhookError("bad-signature", "webhook-signature matches none of the secrets");
  }
  return { id, timestamp: new Date(Number(time) * 1000), payload: parse(body) as Payload };
}

/**
 * The three headers that sign `body`.
 * @throws TypeError: the secret is not `whsec_` and base64
 */
export async function signWebhook(
  id: string,
  body: string,
  secret: string,
  now: number = Date.now(),
): Promise<Record<"webhook-id" | "webhook-timestamp" | "webhook-signature", string>> {
  const timestamp = String(Math.floor(now / 1000));
  const mac = await hmacSha256(keyOf(secret), utf8(`${id}.${timestamp}.${body}`));
  return { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": `v1,${base64(mac)}` };
}

function keyOf(secret: string): Bytes {
  const key = secret.startsWith("whsec_") ? fromBase64(secret.slice("whsec_".length)) : undefined;
  if (key === undefined || key.length === 0) throw new TypeError('a secret is "whsec_" and base64');
  return key;
}

/** Every signature is compared with every secret, whether or not one matched already. */
async function isSigned(header: string, prefix: string, body: Bytes, keys: readonly Bytes[]): Promise<boolean> {
  const given = header
    .split(" ")
    .slice(0, 20)
    .filter((entry) => entry.startsWith("v1,"))
    .map((entry) => fromBase64(entry.slice(3)));
  const message = concat([utf8(prefix), body]);
  let found = false;
  for (const key of keys) {
    const wanted = await hmacSha256(key, message);
    for (const one of given) if (one !== undefined && isEqual(one, wanted)) found = true;
  }
  return found;
}

function header(headers: HeadersLike, name: string): string {
  const value = headers instanceof Headers ? headers.get(name) : headers[name];
  if (typeof value === "string" && value !== "") return value;
  throw new WebhookError("missing-header", `the call has no ${name}: is contacts.secret set in Kith's configuration?`);
}

function bytesOf(body: string | Uint8Array): Bytes {
  return typeof body === "string" ? utf8(body) : Uint8Array.from(body);
}

function parse(body: Bytes): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch {
    throw new WebhookError("not-json", "the body is not JSON"); // the reason would quote it
  }
}
