/** Contract §1, batch: asks the application for the contacts of many people by one POST. */
import { randomUUID } from "node:crypto";
import type { Clock } from "../clock.ts";
import { readContacts, readContactsInSlices } from "./contract.ts";
import { type Freshness, readFreshness } from "./freshness.ts";
import { jsonChunks, PARSED_AT_ONCE } from "./json-chunks.ts";
import type { SignedPost } from "./signed-post.ts";
import { type Answer, type BatchSource, type FailedAnswer, failure } from "./source.ts";

export interface BatchSourceOptions {
  readonly domain: string;
  /** `contacts.batchUrl`. */
  readonly url: string;
  readonly post: SignedPost;
  readonly clock: Clock;
  readonly yieldNow: () => Promise<void>;
  /** ms, for everything from leaving the queue to the last byte of the last try. */
  readonly timeout: number;
  /** Of one answer, with the lists of all. */
  readonly maxBytes: number;
  /** At most so many users in one call. */
  readonly users: number;
  /** ms that a want waits for others. */
  readonly delay: number;
}

/** Contacts read before others get their turn: some 3 ms. */
const SLICE = 1000;
const NOT_FRESH: Freshness = { maxAge: 0, staleIfError: undefined };
const NOT_JSON = failure("not-json", "the answer is not JSON", "alive");
const MISSING = failure("missing", "the application left this user out of its answer", "alive");

export function batchSource(options: BatchSourceOptions): BatchSource {
  const { url, post, timeout, maxBytes, users, delay } = options;
  return {
    kind: "batch",
    users,
    delay,
    async askMany(usernames, signal) {
      const limits = { deadlineMs: timeout, maxBytes, signal };
      const answer = await post(url, `batch_${randomUUID()}`, { users: usernames }, limits);
      if (!answer.ok) return failure(answer.failure, answer.message, answer.health);
      const lists = await readLists(answer.text, new Set(usernames), options.yieldNow);
      if ("kind" in lists) return lists;
      const freshness = readFreshness(answer.header("cache-control"), answer.header("age")) ?? NOT_FRESH;
      return { kind: "answers", answers: await readAll(usernames, lists, freshness, options) };
    },
  };
}

/** The values of those that were asked for. */
async function readLists(
  text: string,
  wanted: ReadonlySet<string>,
  yieldNow: () => Promise<void>,
): Promise<ReadonlyMap<string, unknown> | FailedAnswer> {
  const lists = new Map<string, unknown>();
  try {
    for (const part of text.length <= PARSED_AT_ONCE ? [JSON.parse(text)] : (jsonChunks(text) ?? [null])) {
      if (Array.isArray(part) && part.length === 0) break; // PHP writes an empty map so
      if (typeof part !== "object" || part === null || Array.isArray(part)) {
        return failure("not-an-object", "the answer is not an object with a list for each user", "alive");
      }
      for (const [username, value] of Object.entries(part)) if (wanted.has(username)) lists.set(username, value);
      if (text.length > PARSED_AT_ONCE) await yieldNow();
    }
  } catch (error) {
    if (error instanceof SyntaxError) return NOT_JSON; // its message quotes the lists
    throw error;
  }
  return lists;
}

async function readAll(
  usernames: readonly string[],
  lists: ReadonlyMap<string, unknown>,
  freshness: Freshness,
  options: BatchSourceOptions,
): Promise<ReadonlyMap<string, Answer>> {
  const answers = new Map<string, Answer>();
  let read = 0;
  for (const username of usernames) {
    const value = lists.get(username);
    const size = sizeOf(value);
    answers.set(username, await readOne(username, value, size, freshness, options));
    read += size + 1;
    if (read < SLICE) continue;
    read = 0;
    await options.yieldNow();
  }
  return answers;
}

async function readOne(
  username: string,
  value: unknown,
  size: number,
  freshness: Freshness,
  { domain, clock, yieldNow }: BatchSourceOptions,
): Promise<Answer> {
  if (value === undefined) return MISSING;
  if (value === null) return { kind: "not-found" };
  const about = { owner: `${username}@${domain}`, now: clock.now() };
  const reading = size <= SLICE ? readContacts(value, about) : await readContactsInSlices(value, about, yieldNow);
  if (!reading.ok) return failure(reading.failure, reading.message, "alive");
  return { kind: "list", list: reading.list, problems: reading.problems, etag: undefined, freshness };
}

function sizeOf(value: unknown): number {
  return typeof value === "object" && value !== null ? Object.keys(value).length : 0;
}
