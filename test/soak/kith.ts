/** The server under test and its HTTP side; every answer is checked here for what it must always be. */
import { setTimeout as later } from "node:timers/promises";
import { DOMAIN, PASSWORD } from "../../bench/load/client.ts";
import { createServer, type Server, type ServerOptions } from "../../src/server.ts";

const TOKEN = "a-token-for-the-soak-of-at-least-32-characters";
/** Contract §1: a refresh is answered within 12 s in all, whatever happens; this machine may be busy. */
const ANSWER_MS = 14_000;

export interface Told {
  readonly status: "ok" | "error";
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
  readonly source: "app" | "none";
  readonly stale: boolean;
  readonly online: number;
}

export interface Refreshed {
  readonly status: string;
  readonly updated: number;
  readonly errors: number;
  readonly results: Readonly<Record<string, Told>>;
}

export interface Answer {
  readonly status: number;
  readonly etag: string | null;
  // biome-ignore lint/suspicious/noExplicitAny: answers of all calls
  readonly json: any;
}

export class Kith {
  readonly server: Server;
  readonly #broken: (what: string) => void;

  private constructor(server: Server, broken: (what: string) => void) {
    this.server = server;
    this.#broken = broken;
  }

  /** `broken` is told of answers that must never be. */
  static async start(applicationUrl: string, isBatch: boolean, broken: (what: string) => void): Promise<Kith> {
    const options: ServerOptions = {
      domain: DOMAIN,
      contacts: {
        url: `${applicationUrl}/contacts/%s`,
        timeout: "1s",
        ...(isBatch ? { batchUrl: `${applicationUrl}/batch` } : {}),
      },
      listen: { address: "127.0.0.1", c2s: 0, c2sTls: null, http: 0, https: null },
      allowPlaintext: true,
      http: { tokens: [TOKEN] },
      storage: "memory",
    };
    return new Kith(await createServer(options), broken);
  }

  get port(): number {
    return this.server.ports.c2s ?? 0;
  }

  addUser(username: string): Promise<unknown> {
    return this.server.users.add(`${username}@${DOMAIN}`, PASSWORD);
  }

  async call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    const begun = performance.now();
    const timeout = later(4 * ANSWER_MS, undefined, { ref: false }).then(() => {
      throw new Error(`${method} ${path} was not answered within ${4 * ANSWER_MS} ms`);
    });
    const response = await Promise.race([this.#fetch(method, path, body, headers), timeout]);
    const text = await response.text();
    const took = performance.now() - begun;
    if (took > ANSWER_MS) this.#broken(`${method} ${path} was answered after ${Math.round(took)} ms`);
    const json = response.headers.get("content-type")?.includes("json") === true ? JSON.parse(text) : text;
    return { status: response.status, etag: response.headers.get("etag"), json };
  }

  /** The counts of the answer add up, whatever the application does. */
  async refresh(usernames: readonly string[], dryRun = false): Promise<Refreshed> {
    const body = dryRun ? { users: usernames, dryRun } : usernames;
    const { status, json } = await this.call("POST", "/roster_admin/refresh?results=1", body);
    const { updated, errors, results = {} } = json as Refreshed;
    const names = new Set(usernames).size;
    const failed = Object.values(results).filter((told) => told.status === "error").length;
    const isRight = status === (errors > 0 && updated === 0 ? 500 : 200) && failed === errors;
    if (!isRight || updated + errors !== names || Object.keys(results).length !== names) {
      this.#broken(`a refresh of ${names} was answered ${status} ${JSON.stringify(json).slice(0, 300)}`);
    }
    return json as Refreshed;
  }

  /** One counter of `/metrics`, all its labels together. */
  async counter(name: string): Promise<number> {
    const { json } = await this.call("GET", "/metrics");
    const lines = String(json).matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, "gm"));
    return [...lines].reduce((sum, [, value]) => sum + Number(value), 0);
  }

  #fetch(method: string, path: string, body: unknown, headers: Record<string, string>): Promise<Response> {
    return fetch(`http://127.0.0.1:${this.server.ports.http}${path}`, {
      method,
      headers: { authorization: `Bearer ${TOKEN}`, ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }
}
