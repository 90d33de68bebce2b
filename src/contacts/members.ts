/** Contract §1: the members of one contact, each read so that a wrong one costs only itself. */
import type { Contact, Subscription } from "./list.ts";
import type { Problems } from "./problems.ts";
import { parseDateTime } from "./rfc3339.ts";

/** Octets of the name of a contact or group in UTF-8: contract §1. */
export const LONGEST_NAME = 1023;
/** Groups of one contact: contract §1. */
export const MOST_GROUPS = 100;
const NO_GROUPS: readonly string[] = [];
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to be found
const SUSPECT = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uD800-\uDFFF\uFFFE\uFFFF]/;
/** What XML 1.0 §2.2 does not allow, lone surrogates included. */
const FORBIDDEN = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu;

export type Members = Readonly<Record<string, unknown>>;

/** A contact as it goes on, or undefined when it is left out: ended already, or with a subscription that is none. */
export function readMembers(jid: string, members: Members, now: number, problems: Problems): Contact | undefined {
  const subscription = readSubscription(jid, members["subscription"], problems);
  if (subscription === undefined) return undefined;
  const until = readUntil(jid, members["until"], problems);
  if (until !== undefined && until <= now) return undefined;
  return {
    jid,
    name: readName(jid, members["name"], problems),
    groups: readGroups(jid, members["groups"], problems),
    subscription,
    ask: readAsk(jid, members["ask"], problems),
    until,
  };
}

function readSubscription(jid: string, value: unknown, problems: Problems): Subscription | undefined {
  if (value === undefined || value === null) return "both";
  if (value === "both" || value === "to" || value === "from" || value === "none") return value;
  problems.add("bad-subscription", jid, "left out: subscription is both, to, from or none", "subscription");
  return undefined;
}

function readAsk(jid: string, value: unknown, problems: Problems): boolean {
  if (value === undefined || value === null) return false;
  if (value === "subscribe") return true;
  const code = typeof value === "string" ? "bad-value" : "wrong-type";
  problems.add(code, jid, 'ask can only be "subscribe"; it was dropped', "ask");
  return false;
}

function readUntil(jid: string, value: unknown, problems: Problems): number | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "string") {
    problems.add("wrong-type", jid, "until is a string; it was dropped", "until");
    return undefined;
  }
  const until = parseDateTime(value);
  if (until === undefined) {
    problems.add("bad-until", jid, "until is an RFC 3339 date-time with offset; it was dropped", "until");
  }
  return until;
}

function readName(jid: string, value: unknown, problems: Problems): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "string") {
    problems.add("wrong-type", jid, "name is a string; it was dropped", "name");
    return undefined;
  }
  const name = cut(clean(jid, value, "name", problems));
  if (name.wasCut) problems.add("name-too-long", jid, `name was cut at ${LONGEST_NAME} bytes`, "name");
  return name.text === "" ? undefined : name.text;
}

/** An array of strings, or the origin's object whose keys are the names (A5, G11). */
function readGroups(jid: string, value: unknown, problems: Problems): readonly string[] {
  if (value === undefined || value === null) return NO_GROUPS;
  if (typeof value !== "object") {
    problems.add("wrong-type", jid, "groups is an array of strings; it was dropped", "groups");
    return NO_GROUPS;
  }
  const given: readonly unknown[] = Array.isArray(value) ? value : Object.keys(value);
  const groups: string[] = [];
  for (const group of given) {
    if (typeof group !== "string") {
      problems.add("wrong-type", jid, "a group that is not a string was dropped", "groups");
      continue;
    }
    const name = cut(clean(jid, group, "groups", problems));
    if (name.wasCut) problems.add("group-too-long", jid, `a group was cut at ${LONGEST_NAME} bytes`, "groups");
    if (name.text === "" || groups.includes(name.text)) continue; // RFC 6121 §2.1.2.6
    if (groups.length === MOST_GROUPS) {
      problems.add("too-many-groups", jid, `only the first ${MOST_GROUPS} groups are kept`, "groups");
      break;
    }
    groups.push(name.text);
  }
  return groups.length === 0 ? NO_GROUPS : groups;
}

function clean(jid: string, text: string, member: string, problems: Problems): string {
  if (!SUSPECT.test(text)) return text;
  const cleaned = text.replace(FORBIDDEN, "");
  if (cleaned.length !== text.length) {
    problems.add("forbidden-characters", jid, "characters that XML forbids were removed", member);
  }
  return cleaned;
}

/** At most 1023 bytes of UTF-8, ending with a whole code point. */
function cut(text: string): { readonly text: string; readonly wasCut: boolean } {
  if (text.length * 3 <= LONGEST_NAME) return { text, wasCut: false };
  let bytes = 0;
  for (let at = 0; at < text.length; ) {
    const point = text.codePointAt(at) ?? 0;
    bytes += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    if (bytes > LONGEST_NAME) return { text: text.slice(0, at), wasCut: true };
    at += point < 0x10000 ? 1 : 2;
  }
  return { text, wasCut: false };
}
