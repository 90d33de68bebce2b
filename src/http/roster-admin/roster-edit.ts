/** The body of `PUT` and `PATCH` of a list, read before it is that user's turn. */
import type { Problem } from "../../contacts/contacts.ts";
import { type ReadOptions, readContactsInSlices, readContactsText } from "../../contacts/contract.ts";
import { jsonChunks, PARSED_AT_ONCE } from "../../contacts/json-chunks.ts";
import type { ContactList } from "../../contacts/list.ts";
import { patching, readPatch } from "../../contacts/merge-patch.ts";
import { inSlices } from "../../contacts/slices.ts";
import { parseText, textOf } from "../body.ts";
import { yieldNow } from "../call.ts";
import { type Checked, pass, refuse } from "../problem.ts";

export interface Edited {
  readonly list: ContactList;
  readonly problems: readonly Problem[];
}

/** What the list that is held becomes. */
export type RosterEdit = (held: ContactList | undefined) => Edited | Promise<Edited>;

/** Contacts patched before others get their turn. */
const SLICE = 1000;
const WANTED = 'The body is an object whose keys are the contacts, like {"marie@example.com":{"name":"Marie"}}.';

export async function readEdit(
  source: "put" | "patch",
  body: Uint8Array,
  options: ReadOptions,
): Promise<Checked<RosterEdit>> {
  const text = textOf(body);
  if (!text.ok) return text;
  return source === "put" ? readPut(text.value, options) : readMergePatch(text.value, options);
}

async function readPut(text: string, options: ReadOptions): Promise<Checked<RosterEdit>> {
  const reading = await readContactsText(text, options, yieldNow);
  if (!reading.ok) return whatIsWrong(text);
  const { list, problems } = reading;
  if (list.size > 0 || !problems.some(isEnvelope)) return pass(() => ({ list, problems }));
  const inner = await readContactsInSlices(insideOf(text), options, yieldNow);
  return inner.ok ? pass(() => ({ list: inner.list, problems: inner.problems })) : refuse(400, WANTED);
}

async function readMergePatch(text: string, options: ReadOptions): Promise<Checked<RosterEdit>> {
  const parts = await partsOf(text);
  if (parts === undefined) return whatIsWrong(text);
  let patch = readPatch(parts, options.owner);
  if (patch.contacts.size === 0 && patch.problems.some(isEnvelope)) {
    const inner = insideOf(text);
    if (!isMap(inner)) return refuse(400, WANTED);
    patch = readPatch([inner], options.owner);
  }
  return pass((held) => inSlices(patching(held, patch, options), SLICE, yieldNow));
}

/** The members of the object, a few at a time. Undefined: it is none. */
async function partsOf(text: string): Promise<readonly Members[] | undefined> {
  const parts: Members[] = [];
  try {
    if (text.length <= PARSED_AT_ONCE) {
      const json: unknown = JSON.parse(text);
      if (Array.isArray(json) && json.length === 0) return parts; // PHP writes an empty map so
      return isMap(json) ? [json] : undefined;
    }
    for (const part of jsonChunks(text) ?? []) {
      parts.push(part);
      await yieldNow();
    }
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
  return parts.length === 0 ? undefined : parts;
}

type Members = Readonly<Record<string, unknown>>;

function isMap(json: unknown): json is Members {
  return typeof json === "object" && json !== null && !Array.isArray(json);
}

/**
 * A whole answer of GET may be sent back: `contacts` can be no contact, and beside it nothing was one, so that the list
 * would become empty, which nobody meant.
 */
function isEnvelope({ code, contact }: Problem): boolean {
  return code === "not-a-jid" && contact === "contacts";
}

function insideOf(text: string): unknown {
  const json: unknown = JSON.parse(text);
  return isMap(json) ? json["contacts"] : undefined;
}

/** Where it is not JSON, or that it is no map. */
function whatIsWrong(text: string): Checked<never> {
  const json = parseText(text);
  return json.ok ? refuse(400, WANTED) : json;
}
