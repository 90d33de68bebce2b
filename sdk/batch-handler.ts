/** Answers `POST <contacts.batchUrl>`: the contacts of many people at once. */
import { type CallerOptions, type Handler, json, problem, readPost, requireCaller } from "./answers.ts";
import type { FindContacts } from "./contacts-handler.ts";
import type { Contacts } from "./types.ts";

type Found = Contacts | undefined | null;

/**
 * The contacts of many people. Null or undefined: there is no such person. Who is not in the answer at all counts as
 * failed, alone: Kith keeps serving that person's last copy.
 */
export type FindMany = (users: readonly string[], request: Request) => Promise<FoundMany> | FoundMany;
export type FoundMany = ReadonlyMap<string, Found> | Readonly<Record<string, Found>>;

/**
 * A `Request → Response` for `contacts.batchUrl`.
 * @throws TypeError: neither secret nor token is given
 */
export function batchHandler(find: FindMany, options: CallerOptions): Handler {
  requireCaller(options, "batchHandler");
  return async (request) => {
    const post = await readPost(request, options);
    if (!post.ok) return post.response;
    const users = usersOf(post.payload);
    if (users === undefined) return problem(400, 'The body is not {"users":["…"]}.');
    const found = await find(users, request);
    // Written by hand: a person may be called __proto__, which an object would not hold.
    const members = users.flatMap((user) => {
      const contacts = lookUp(found, user);
      return contacts === MISSING ? [] : [`${JSON.stringify(user)}:${JSON.stringify(contacts ?? null)}`];
    });
    return json(`{${members.join(",")}}`);
  };
}

const MISSING = Symbol("missing");

function lookUp(found: FoundMany, user: string): Found | typeof MISSING {
  if (found instanceof Map) return found.has(user) ? (found.get(user) as Found) : MISSING;
  return Object.hasOwn(found, user) ? (found as Readonly<Record<string, Found>>)[user] : MISSING;
}

function usersOf(payload: unknown): readonly string[] | undefined {
  if (typeof payload !== "object" || payload === null || !("users" in payload)) return undefined;
  const { users } = payload;
  if (!Array.isArray(users) || !users.every((user) => typeof user === "string")) return undefined;
  return [...new Set(users)];
}

export interface OneByOneOptions {
  /** How many are looked up at a time; 8. */
  readonly concurrency?: number;
  /** Told of each that failed; the others are answered. */
  readonly onError?: (error: unknown, user: string) => void;
}

/** The function of `contactsHandler` as one for `batchHandler`. Who cannot be found out is left out. */
export function oneByOne(find: FindContacts, { concurrency = 8, onError }: OneByOneOptions = {}): FindMany {
  return async (users, request) => {
    const found = new Map<string, Found>();
    const waiting = users.values();
    const work = async (): Promise<void> => {
      for (const user of waiting) {
        try {
          found.set(user, await find(user, request));
        } catch (error) {
          onError?.(error, user);
        }
      }
    };
    await Promise.all(Array.from({ length: Math.max(1, concurrency) }, work));
    return found;
  };
}
