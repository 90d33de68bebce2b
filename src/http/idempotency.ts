/** `Idempotency-Key`: the same call again gets the same answer and has no second effect. Contract §4 */
import { createHash } from "node:crypto";
import type { KeptAnswer } from "../storage/kept-answers.ts";
import type { HttpContext } from "./context.ts";
import type { HttpOptions } from "./options.ts";
import { problem } from "./problem.ts";

const KEPT_MS = 24 * 3_600_000;
const KEY = /^[\x21-\x7e]{1,255}$/;

type IdempotencyOptions = Pick<HttpOptions, "keptAnswers" | "clock" | "log">;

/** A call as far as it makes a difference. */
export interface KeyedCall {
  readonly domain: string;
  readonly body: Uint8Array;
  readonly perform: () => Promise<Response>;
}

/** The keys of one server: those of calls under way here, those of answers in storage. */
export class Idempotency {
  readonly #options: IdempotencyOptions;
  /** Fingerprints of calls under way. */
  readonly #running = new Map<string, string>();

  constructor(options: IdempotencyOptions) {
    this.#options = options;
  }

  /** Performs the call, unless it has a key by which it was, or is being, performed already. */
  async answer(context: HttpContext, call: KeyedCall): Promise<Response> {
    const given = context.req.header("idempotency-key");
    if (given === undefined) return call.perform();
    if (!KEY.test(given)) return problem(400, "Idempotency-Key is 1 to 255 visible ASCII characters.");
    const key = keyOf(context, call.domain, given);
    const fingerprint = digestOf(new URL(context.req.url).search, call.body);
    const running = this.#running.get(key);
    const kept = running === undefined ? this.#options.keptAnswers.get(key) : undefined;
    const known = running ?? kept?.fingerprint;
    if (known !== undefined && known !== fingerprint) {
      return problem(422, "This Idempotency-Key was used for another call: the body or the query differs.");
    }
    if (running !== undefined) {
      return problem(409, "The call with this Idempotency-Key is still running.", { "retry-after": "1" });
    }
    if (kept !== undefined) return again(kept);
    this.#running.set(key, fingerprint);
    try {
      return await this.#keep(key, fingerprint, await call.perform());
    } finally {
      this.#running.delete(key);
    }
  }

  /** The answer goes out when it is stored, so that nobody can be given another one later. */
  async #keep(key: string, fingerprint: string, response: Response): Promise<Response> {
    const { keptAnswers, clock, log } = this.#options;
    const body = new Uint8Array(await response.arrayBuffer());
    const { status, headers } = response;
    const contentType = headers.get("content-type") ?? "";
    const etag = headers.get("etag") ?? "";
    try {
      await keptAnswers.put(key, { fingerprint, status, contentType, etag, body, until: clock.now() + KEPT_MS });
    } catch (error) {
      log.error("an answer could not be kept for its Idempotency-Key", { error });
    }
    return new Response(body, { status, headers });
  }
}

function again({ status, contentType, etag, body }: KeptAnswer): Response {
  const headers = new Headers({ "content-type": contentType, "cache-control": "no-store" });
  headers.set("idempotent-replayed", "true");
  if (etag !== "") headers.set("etag", etag);
  return new Response(new Uint8Array(body), { status, headers });
}

/** A key counts for one domain, caller and route. What a caller signs differs each time, so all who sign are one. */
function keyOf(context: HttpContext, domain: string, given: string): string {
  const { method, url } = context.req;
  const caller = context.req.header("authorization") ?? "";
  return digestOf(JSON.stringify([domain, caller, method, new URL(url).pathname, given]), new Uint8Array());
}

function digestOf(text: string, bytes: Uint8Array): string {
  return createHash("sha256").update(text).update("\0").update(bytes).digest("base64url");
}
