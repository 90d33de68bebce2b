/** The HTTP side alone: contacts that answer what the test says, a clock that stands still. */
import type { Hono } from "hono";
import type { Held, RefreshResult } from "../../src/contacts/contacts.ts";
import type { AdminOptions } from "../../src/http/admin/options.ts";
import { createApp } from "../../src/http/app.ts";
import type { HttpEnv } from "../../src/http/context.ts";
import type { HttpDomain, HttpOptions } from "../../src/http/options.ts";
import { silentLog } from "../../src/log.ts";
import { createAppPasswords } from "../../src/login/app-passwords.ts";
import { DeviceLinks } from "../../src/login/device-links.ts";
import { createHasher } from "../../src/login/hasher.ts";
import { Metrics } from "../../src/metrics.ts";
import type { OnlineResource } from "../../src/sessions/host.ts";
import { memoryStorage } from "../../src/storage/memory.ts";
import { FakeClock } from "./clock.ts";
import { contactsOf, FakeContacts } from "./sessions.ts";

export const TOKEN = "t0ken-for-tests";

/** Answers each name with its result, or with one that added nobody. */
export class AnsweringContacts extends FakeContacts {
  readonly results = new Map<string, RefreshResult>();
  readonly copies = new Map<string, Held>();
  readonly asked: (readonly string[])[] = [];
  readonly dryRuns: boolean[] = [];

  override held(username?: string): undefined {
    // The class for sessions has no copies; here the port's own type counts.
    return this.copies.get(username ?? "") as undefined;
  }

  override async refresh(username = ""): Promise<never> {
    return this.#result(username) as never;
  }

  override async refreshMany(usernames: readonly string[] = [], options: { dryRun?: boolean } = {}): Promise<never> {
    this.asked.push(usernames);
    this.dryRuns.push(options.dryRun === true);
    return new Map(usernames.map((name) => [name, this.#result(name)])) as never;
  }

  #result(username: string): RefreshResult {
    const plain = {
      status: "ok",
      added: [],
      changed: [],
      removed: [],
      source: "none",
      stale: false,
      problems: [],
    } as const;
    return this.results.get(username) ?? plain;
  }
}

/** A device that is online, as the HTTP side sees it. */
export function onlineResource(name: string, more: Partial<OnlineResource> = {}): OnlineResource {
  return {
    resource: name,
    available: true,
    show: undefined,
    status: undefined,
    priority: 0,
    interested: true,
    since: 0,
    transport: "tls",
    credential: undefined,
    waiting: false,
    ...more,
  };
}

export function heldCopy(entries: Parameters<typeof contactsOf>[0], fetchedAt: number): Held {
  return {
    list: contactsOf(entries),
    etag: undefined,
    fetchedAt,
    freshUntil: 0,
    unusableFrom: undefined,
    old: false,
    stale: false,
    source: "app",
    problems: [],
  };
}

export interface HttpWorld {
  readonly app: Hono<HttpEnv>;
  readonly contacts: AnsweringContacts;
  readonly clock: FakeClock;
  /** `POST /roster_admin/refresh`, with the token unless other headers are given. */
  refresh(body: string, headers?: Record<string, string>, query?: string): Promise<Response>;
  get(path: string, headers?: Record<string, string>): Promise<Response>;
}

type Settings = Partial<Omit<HttpOptions, "domains">> & {
  readonly secrets?: readonly string[];
  readonly names?: readonly string[];
  /** Of domains that have their own. */
  readonly publicUrls?: Readonly<Record<string, string>>;
  /** With the page at /admin. */
  readonly admin?: AdminOptions;
};

export function httpWorld({
  secrets = [],
  names = ["localhost"],
  publicUrls = {},
  admin,
  ...settings
}: Settings = {}): HttpWorld {
  const contacts = new AnsweringContacts();
  const clock = new FakeClock();
  const storage = memoryStorage({ clock });
  const domains = names.map(
    (name): HttpDomain => ({
      name,
      publicUrl: publicUrls[name] ?? null,
      contacts,
      maxList: 8_388_608,
      secrets,
      seenIds: storage.seenIds(`webhook:${name}`),
    }),
  );
  const options: HttpOptions = {
    domains,
    auth: "token",
    tokens: [TOKEN],
    publicUrl: null,
    trustProxy: [],
    maxBody: 1_048_576,
    bodyTime: 30_000,
    getRefresh: false,
    openMetrics: false,
    online: () => [],
    lastActivity: () => undefined,
    keptAnswers: storage.keptAnswers,
    notReady: () => [],
    accounts: storage.accounts,
    deviceLinks: new DeviceLinks({ appPasswords: { obstacle: () => undefined }, clock }),
    appPasswords: createAppPasswords({
      store: storage.appPasswords,
      accounts: storage.accounts,
      serverSecret: storage.secrets.get("unknown users"),
      hasher: createHasher(),
      clock,
      log: silentLog,
      ended: () => undefined,
    }),
    metrics: new Metrics(),
    clock,
    log: silentLog,
    ...settings,
  };
  const app = createApp(options, admin);
  const withToken = { authorization: `Bearer ${TOKEN}` };
  return {
    app,
    contacts,
    clock,
    refresh: async (body, headers = withToken, query = "") =>
      app.request(`/roster_admin/refresh${query}`, { method: "POST", body, headers }),
    get: async (path, headers = withToken) => app.request(path, { headers }),
  };
}
