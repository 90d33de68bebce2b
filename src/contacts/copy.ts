/** How a held copy follows from an answer, and goes to storage and comes back. Pure. */
import type { Held, Problem } from "./contacts.ts";
import { listOf, type PackedList, parseStored } from "./list.ts";
import type { Answer } from "./source.ts";
import type { CopyFacts, StoredCopy } from "./store.ts";

export interface Copy extends Held {
  readonly list: PackedList;
}

const EMPTY = listOf([]);

/** A copy that the application just gave. */
export function copyOf(answer: Extract<Answer, { kind: "list" }>, now: number): Copy {
  const { maxAge, staleIfError } = answer.freshness;
  const freshUntil = now + maxAge;
  return {
    list: answer.list,
    etag: answer.etag,
    fetchedAt: now,
    freshUntil,
    unusableFrom: staleIfError === undefined ? undefined : freshUntil + staleIfError,
    old: false,
    stale: false,
    source: "app",
    problems: answer.problems,
  };
}

/** The empty list, for a user whom the application does not know or no URL can name. */
export function emptyCopy(problems: readonly Problem[], now: number): Copy {
  const freshness = { maxAge: 0, staleIfError: undefined };
  return copyOf({ kind: "list", list: EMPTY, problems, etag: undefined, freshness }, now);
}

/** 304: RFC 9111 §4.3.4. Without a Cache-Control of its own the copy is fresh for as long as before. */
export function confirmed(copy: Copy, answer: Extract<Answer, { kind: "not-modified" }>, now: number): Copy {
  const maxAge = answer.freshness?.maxAge ?? Math.max(0, copy.freshUntil - copy.fetchedAt);
  const before = copy.unusableFrom === undefined ? undefined : copy.unusableFrom - copy.freshUntil;
  const staleIfError = answer.freshness === undefined ? before : answer.freshness.staleIfError;
  const freshUntil = now + maxAge;
  const unusableFrom = staleIfError === undefined ? undefined : freshUntil + staleIfError;
  return { ...copy, fetchedAt: now, freshUntil, unusableFrom, old: false, stale: false };
}

/** Without the contacts that have ended; the ETag no longer describes it. The same copy when none has. */
export function withoutEnded(copy: Copy, now: number): Copy {
  if (copy.list.nextEnd === undefined || copy.list.nextEnd > now) return copy;
  const left = [...copy.list].filter((contact) => contact.until === undefined || contact.until > now);
  return { ...copy, list: listOf(left), etag: undefined, source: "until" };
}

export function isFresh(copy: Copy, now: number): boolean {
  return !copy.old && !copy.stale && now < copy.freshUntil;
}

/** Whether it may stand in for an application that fails: RFC 5861 §4. */
export function isUsable(copy: Copy, now: number): boolean {
  return !copy.stale || copy.unusableFrom === undefined || now < copy.unusableFrom;
}

export function factsOf(copy: Copy): CopyFacts {
  const { list: _list, problems: _problems, ...facts } = copy;
  return facts;
}

export function storedOf(copy: Copy): StoredCopy {
  const { list, ...rest } = copy;
  return { ...rest, contacts: list.stored, version: list.version };
}

/** Undefined: what was stored is damaged. */
export function copyFrom(stored: StoredCopy): Copy | undefined {
  const { contacts, version, ...rest } = stored;
  const list = parseStored(contacts);
  if (list === undefined || !/^[0-9a-f]{32}$/.test(version)) return undefined;
  list.adoptVersion(version);
  return { ...rest, list };
}
