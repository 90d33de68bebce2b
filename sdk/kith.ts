/** Kith as the application sees it: one object with a function per call. */
import { type AppPasswords, appPasswordsBy } from "./app-passwords.ts";
import { type Answer, type Call, type CallOptions, type CallSettings, call, nameOf, parse, segment } from "./call.ts";
import { type DeviceLinks, deviceLinksBy } from "./device-links.ts";
import { KithApiError, KithNetworkError, KithRefreshError } from "./errors.ts";
import { type EventsOptions, events } from "./events.ts";
import type {
  Contacts,
  ContactsPatch,
  Disagreement,
  EdgesAnswer,
  Explanation,
  KithEvent,
  Pair,
  Presence,
  RefreshAnswer,
  RefreshAnswerWithResults,
  Roster,
} from "./types.ts";

export interface KithOptions {
  /** Where Kith's HTTP side is reached, for example `http://localhost:5280`. */
  readonly url: string | URL;
  /** One of `http.tokens` of its configuration. */
  readonly token?: string;
  /** Instead of a token: one of `http.secrets` (`whsec_…`). It signs `refresh`, `connect` and `disconnect`, nothing else. */
  readonly secret?: string;
  /** Needed when Kith serves several domains. */
  readonly domain?: string;
  /** The runtime's own when left out. */
  readonly fetch?: typeof fetch;
  /** Milliseconds of one try; 15 000. Kith answers within 12 s. */
  readonly timeout?: number;
  /** Milliseconds of all tries together; 60 000. */
  readonly deadline?: number;
  /** Tries after the first, for a connection that fails, 429, 502, 503 and 504; 4. */
  readonly retries?: number;
  /** Milliseconds before the second try, doubled for each further one, with jitter; 250. */
  readonly backoff?: number;
}

export interface RefreshOptions extends CallOptions {
  /** Tells of each person what was added, changed and removed. */
  readonly results?: boolean;
  /** Fetches and tells the differences; keeps and sends nothing. */
  readonly dryRun?: boolean;
}

export interface ChangeOptions extends CallOptions {
  /** The `version` that the list must still have; else a KithApiError of status 412 and no change. */
  readonly ifMatch?: string;
}

/** Every function may reject with a KithApiError, a KithNetworkError, or the reason of its `signal`. */
export interface Kith {
  /**
   * These people's lists have changed: Kith fetches them and tells every device the difference.
   * Resolves when the lists are stored and the pushes on their way. Look at `errors`: some may have failed.
   * @throws KithRefreshError: all failed
   */
  refresh(
    users: readonly string[],
    options: RefreshOptions & ({ readonly results: true } | { readonly dryRun: true }),
  ): Promise<RefreshAnswerWithResults>;
  refresh(users: readonly string[], options?: RefreshOptions): Promise<RefreshAnswer>;
  /** Puts a whole list in the place of the one that is held, until the next fetch. */
  setContacts(user: string, contacts: Contacts, options?: ChangeOptions): Promise<Roster>;
  /** Changes a part of the list that is held: a JSON merge patch (RFC 7396), in which null removes. */
  patchContacts(user: string, patch: ContactsPatch, options?: ChangeOptions): Promise<Roster>;
  /** Makes the two of each pair contacts of each other, in both lists that are held, without a fetch. */
  connect(pairs: readonly Pair[], options?: CallOptions): Promise<EdgesAnswer>;
  /** The reverse of `connect`. */
  disconnect(pairs: readonly Pair[], options?: CallOptions): Promise<EdgesAnswer>;
  /** Who of these people is online, and where; by username as Kith spells it (RFC 7622). */
  presence(users: readonly string[], options?: CallOptions): Promise<Readonly<Record<string, Presence>>>;
  /** Why `user` does or does not see `contact` (an address). */
  explain(user: string, contact: string, options?: CallOptions): Promise<Explanation>;
  /** The list that Kith holds; undefined when it never fetched one. */
  roster(user: string, options?: CallOptions): Promise<Roster | undefined>;
  /** All pairs of held lists that do not agree, page by page as they are asked for. */
  audit(options?: CallOptions): AsyncGenerator<Disagreement, void, undefined>;
  /** Passwords for single devices. */
  readonly appPasswords: AppPasswords;
  /** Links and QR codes by which a device makes itself one. */
  readonly deviceLinks: DeviceLinks;
  /** What happens at Kith, without end: reconnects and continues where it was cut. `break` or `signal` ends it. */
  events(options?: EventsOptions): AsyncGenerator<KithEvent, void, undefined>;
}

/**
 * Calls to one Kith.
 * @throws TypeError: `url` is no http(s) URL, or neither token nor secret is given
 */
export function createKith(options: KithOptions): Kith {
  const settings = settingsOf(options);
  const ask = async <T>(request: Call): Promise<T> => value(request, await call(settings, request)) as T;
  const edges = (body: unknown, options: CallOptions = {}): Promise<EdgesAnswer> =>
    ask({ ...options, method: "POST", path: "roster_admin/edges", body, signable: true });
  const change = (method: "PUT" | "PATCH", user: string, body: unknown, options: ChangeOptions = {}): Promise<Roster> =>
    ask({
      ...options,
      method,
      path: `roster_admin/rosters/${segment(user)}`,
      body,
      headers: changeHeaders(method, options),
    });
  return {
    refresh: (async (users: readonly string[], { results, dryRun, ...options }: RefreshOptions = {}) => {
      const body = dryRun === true ? { users, dryRun } : users;
      const query = results === true ? ([["results", "1"]] as const) : [];
      return refresh(settings, {
        ...options,
        method: "POST",
        path: "roster_admin/refresh",
        body,
        query,
        signable: true,
      });
    }) as Kith["refresh"],
    setContacts: (user, contacts, options) => change("PUT", user, contacts, options),
    patchContacts: (user, patch, options) => change("PATCH", user, patch, options),
    connect: (pairs, options) => edges({ connect: pairs }, options),
    disconnect: (pairs, options) => edges({ disconnect: pairs }, options),
    async presence(users, options = {}) {
      const found: [string, Presence][] = [];
      for (const query of queriesOf(users)) {
        const part = await ask<Record<string, Presence>>({
          ...options,
          method: "GET",
          path: "roster_admin/presence",
          query,
        });
        found.push(...Object.entries(part));
      }
      return Object.fromEntries(found); // which defines members: a person may be called __proto__
    },
    explain: (user, contact, options = {}) =>
      ask({
        ...options,
        method: "GET",
        path: "roster_admin/explain",
        query: [
          ["user", user],
          ["contact", contact],
        ],
      }),
    async roster(user, options = {}) {
      try {
        return await ask<Roster>({ ...options, method: "GET", path: `roster_admin/rosters/${segment(user)}` });
      } catch (error) {
        if (error instanceof KithApiError && error.status === 404) return undefined;
        throw error;
      }
    },
    async *audit(options = {}) {
      let next: string | null = null;
      do {
        const query: [string, string][] = next === null ? [] : [["after", next]];
        const page: { disagreements: readonly Disagreement[]; next: string | null } = await ask({
          ...options,
          method: "GET",
          path: "roster_admin/audit",
          query,
        });
        yield* page.disagreements;
        next = page.next;
      } while (next !== null);
    },
    appPasswords: appPasswordsBy(ask),
    deviceLinks: deviceLinksBy(ask),
    events: (options = {}) => events(settings, options),
  };
}

function settingsOf(options: KithOptions): CallSettings {
  const { domain, timeout = 15_000, deadline = 60_000, retries = 4, backoff = 250 } = options;
  const token = options.token || undefined; // an environment variable that is empty is not set
  const secret = options.secret || undefined;
  const url = new URL(options.url);
  if (url.protocol !== "http:" && url.protocol !== "https:")
    throw new TypeError(`${url.protocol} is not http or https`);
  if (token === undefined && secret === undefined) throw new TypeError("createKith needs { token } or { secret }");
  const base = `${url.origin}${url.pathname.replace(/\/*$/, "/")}`;
  const run = options.fetch ?? globalThis.fetch.bind(globalThis);
  return { base, token, secret, domain, fetch: run, timeout, deadline, retries, backoff };
}

async function refresh(settings: CallSettings, request: Call): Promise<RefreshAnswer> {
  try {
    return value(request, await call(settings, request)) as RefreshAnswer;
  } catch (error) {
    const answer = error instanceof KithApiError && error.status === 500 ? parse(error.body) : undefined;
    if (!(error instanceof KithApiError) || !isRefreshAnswer(answer)) throw error;
    throw new KithRefreshError(nameOf(request), error.status, error.body, answer);
  }
}

function isRefreshAnswer(answer: unknown): answer is RefreshAnswer {
  return typeof answer === "object" && answer !== null && "errors" in answer && typeof answer.errors === "number";
}

function value(request: Call, { body }: Answer): unknown {
  const json = parse(body);
  if (typeof json === "object" && json !== null) return json;
  throw new KithNetworkError("bad-answer", `${nameOf(request)}: the answer is no JSON object. Is this Kith's address?`);
}

function changeHeaders(method: "PUT" | "PATCH", { ifMatch }: ChangeOptions): Record<string, string> {
  const type = method === "PATCH" ? "application/merge-patch+json" : "application/json";
  if (ifMatch === undefined) return { "content-type": type };
  return { "content-type": type, "if-match": /^(\*|(W\/)?".*")$/.test(ifMatch) ? ifMatch : `"${ifMatch}"` };
}

/** No request line longer than servers take: people in portions. */
function* queriesOf(users: readonly string[]): Generator<readonly (readonly [string, string])[]> {
  let portion: (readonly [string, string])[] = [];
  let length = 0;
  for (const user of users) {
    const more = encodeURIComponent(user).length + "user=&".length;
    if (portion.length > 0 && length + more > 4000) {
      yield portion;
      portion = [];
      length = 0;
    }
    portion.push(["user", user]);
    length += more;
  }
  if (portion.length > 0) yield portion;
}
