/** The application as it fails: slow, wrong, out of order, cut off, away; each answer is of the moment it was asked. */
import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Chance } from "../support/random.ts";
import { jidOf, type Truths } from "./truth.ts";

export const MOODS = ["well", "failing", "slow", "nonsense", "disordered", "hanging", "cutting", "mixed"] as const;
export type Mood = (typeof MOODS)[number];

/** Answers that are no contact lists, each wrong in its own way. */
const NONSENSE = ["", "{", "null", '"contacts"', "[1]", "<html></html>", '{"a@b":', "\u00ff\u0000", "[[]]"];
const NOISE = { "": {}, "no jid": {}, "@": null, "bare.example": "text" };

export class Application {
  mood: Mood = "well";
  /** Lists asked for, one by one or in a batch. */
  asked = 0;
  calls = 0;
  readonly #chance: Chance;
  readonly #truths: Truths;
  readonly #server: Server = createServer({ keepAliveTimeout: 120_000 });
  #port = 0;

  constructor(truths: Truths, chance: Chance) {
    this.#truths = truths;
    this.#chance = chance;
    this.#server.on("request", (request, response) => {
      this.#take(request, response).catch(() => response.destroy());
    });
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Listens; after the first time on the same port. */
  async up(): Promise<void> {
    if (this.#server.listening) return;
    await new Promise<void>((resolve) => this.#server.listen(this.#port, "127.0.0.1", resolve));
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  /** Connections are cut and refused. */
  async down(): Promise<void> {
    if (!this.#server.listening) return;
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.calls++;
    const { pathname } = new URL(request.url ?? "", this.url);
    if (pathname === "/batch") {
      const { users } = JSON.parse(await textOf(request)) as { users: string[] };
      this.asked += users.length;
      const lists = users.map((username) => [username, this.#list(username)]);
      await this.#send(response, JSON.stringify(Object.fromEntries(lists)), {});
      return;
    }
    this.asked++;
    const list = this.#list(decodeURIComponent(pathname.slice("/contacts/".length)));
    const body = JSON.stringify(list);
    const etag = `"${createHash("sha1").update(body).digest("hex")}"`;
    const headers = { etag, ...(this.#chance.is(0.5) ? { "cache-control": "max-age=3600" } : {}) };
    if (list === null) await this.#send(response, "", {}, 404);
    else if (request.headers["if-none-match"] === etag) await this.#send(response, "", headers, 304);
    else await this.#send(response, body, headers);
  }

  #list(username: string): Record<string, unknown> | null {
    const list = this.#truths.of(username)?.toJson();
    if (list === undefined) return null;
    return this.#chance.is(0.1) ? { [jidOf(username)]: {}, ...NOISE, ...list } : list;
  }

  async #send(response: ServerResponse, body: string, headers: Record<string, string>, status = 200): Promise<void> {
    const mood = this.mood === "mixed" ? this.#chance.pick(MOODS) : this.mood;
    if (mood === "slow") await pause(100 + this.#chance.below(1300));
    if (mood === "disordered") await pause(this.#chance.below(500));
    if (mood === "failing") response.writeHead(this.#chance.pick([500, 502, 503, 403, 302, 201])).end();
    else if (mood === "nonsense") response.writeHead(200).end(this.#chance.pick(NONSENSE));
    else if (mood === "cutting") this.#cut(response, body);
    else if (mood !== "hanging") response.writeHead(status, headers).end(body);
  }

  #cut(response: ServerResponse, body: string): void {
    if (this.#chance.is(0.5)) response.destroy();
    else {
      response.writeHead(200, { "content-length": Buffer.byteLength(body) + 1 });
      response.write(body.slice(0, this.#chance.below(body.length)), () => response.destroy());
    }
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = "";
  request.setEncoding("utf8");
  for await (const piece of request) text += piece;
  return text;
}
