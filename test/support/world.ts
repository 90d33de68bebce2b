/** A running server with an application beside it, people with accounts, and ways to reach it. */
import { createHasher } from "../../src/login/hasher.ts";
import { makeKeys } from "../../src/login/password.ts";
import { createServer, type Server, type ServerOptions } from "../../src/server.ts";
import { App } from "./app.ts";
import { testCertificate } from "./certificate.ts";
import { Client } from "./client.ts";
import { openTcp, openTls, openWebSocket, type Wire } from "./wire.ts";

export type Transport = "tcp" | "tls" | "websocket";

export const TOKEN = "a-token-for-tests-of-at-least-32-characters";
export const PASSWORD = "correct horse";

export interface World extends AsyncDisposable {
  readonly server: Server;
  readonly app: App;
  /** RFC 7395 */
  readonly socketUrl: string;
  /** Logs in; the account is made if there is none. `jid` is bare or full. */
  login(jid: string, over?: Transport): Promise<Client>;
  /** XEP-0198: logs in, and goes on where a client was that is cut off. */
  resume(jid: string, before: Client, over?: Transport): Promise<Client>;
  /** Logs in, asks for the roster and sends presence. */
  online(jid: string, over?: Transport): Promise<Client>;
  open(over: Transport): Promise<Wire>;
  addUser(bareJid: string): Promise<void>;
  /** The same with as few rounds of PBKDF2 as RFC 7677 §4 allows: for clients that count them in JavaScript, which takes seconds. */
  addScramUser(bareJid: string): Promise<void>;
  /** An HTTP request to the server, with the token. */
  http(path: string, init?: RequestInit): Promise<Response>;
  /** `POST /roster_admin/refresh`, its answer as JSON. */
  refresh(users: unknown, query?: string): Promise<unknown>;
}

const DOMAIN = "localhost";

/** Options that need the application's address are a function of it. */
export async function startWorld(
  given: Partial<ServerOptions> | ((app: App) => Partial<ServerOptions>) = {},
): Promise<World> {
  const app = await App.start();
  const options = typeof given === "function" ? given(app) : given;
  const server = await createServer({
    domain: DOMAIN,
    contacts: { url: app.url },
    listen: { address: "127.0.0.1", c2s: 0, c2sTls: 0, http: 0, https: null },
    http: { tokens: [TOKEN] },
    storage: "memory",
    tls: await testCertificate(),
    ...options,
  } as ServerOptions);
  const adding = new Map<string, Promise<void>>();
  const world: World = {
    server,
    app,
    socketUrl: `ws://127.0.0.1:${server.ports.http}/xmpp-websocket`,
    async addUser(bareJid) {
      // Two devices may log in at once, and a second password would end the login of the first.
      if (!server.users.has(bareJid) && !adding.has(bareJid)) {
        const done = (): void => void adding.delete(bareJid);
        adding.set(bareJid, server.users.add(bareJid, PASSWORD).finally(done));
      }
      await adding.get(bareJid);
    },
    async addScramUser(bareJid) {
      const [username, domain] = bareJid.split("@");
      const accounts = [{ username, ...(await scramKeys(PASSWORD)), created: 0, changed: 0 }];
      const body = JSON.stringify({ action: "put", domain, accounts });
      const answer = await world.http("/kith/accounts", { method: "POST", body });
      if (!answer.ok) throw new Error(await answer.text());
    },
    open(over) {
      if (over === "tcp") return openTcp(server.ports.c2s ?? 0);
      if (over === "tls") return openTls(server.ports.c2sTls ?? 0);
      return openWebSocket(world.socketUrl);
    },
    async login(jid, over = "tcp") {
      const [bare = "", resource] = jid.split("/");
      const [username = "", domain = ""] = bare.split("@");
      await world.addUser(bare);
      const who = { username, domain, password: PASSWORD };
      return Client.login(await world.open(over), resource === undefined ? who : { ...who, resource });
    },
    async resume(jid, before, over = "tcp") {
      const [username = "", domain = ""] = (jid.split("/")[0] ?? "").split("@");
      return Client.resume(await world.open(over), { username, domain, password: PASSWORD }, before);
    },
    async online(jid, over = "tcp") {
      const client = await world.login(jid, over);
      await goOnline(client);
      return client;
    },
    http(path, init = {}) {
      const headers = { authorization: `Bearer ${TOKEN}`, ...init.headers };
      return fetch(`http://127.0.0.1:${server.ports.http}${path}`, { ...init, headers });
    },
    async refresh(users, query = "") {
      const response = await world.http(`/roster_admin/refresh${query}`, {
        method: "POST",
        body: JSON.stringify(users),
      });
      return response.json();
    },
    async [Symbol.asyncDispose]() {
      await server.close();
      await app.stop();
    },
  };
  return world;
}

const FEWEST_ROUNDS = 4096;

/** As `/kith/accounts` takes them. */
async function scramKeys(password: string): Promise<object> {
  const made = await makeKeys(createHasher(), password, FEWEST_ROUNDS);
  if (!made.ok) throw new Error(made.reason);
  const inBase64 = (keys: object): object =>
    Object.fromEntries(
      Object.entries(keys).map(([name, value]) => [
        name,
        value instanceof Uint8Array ? Buffer.from(value).toString("base64") : value,
      ]),
    );
  return { sha1: inBase64(made.sha1), sha256: inBase64(made.sha256) };
}

/** Roster and presence as most clients do it; what arrives because of them is forgotten. */
export async function goOnline(client: Client): Promise<void> {
  client.send('<iq type="get" id="roster"><query xmlns="jabber:iq:roster"/></iq>');
  await client.next((stanza) => stanza.attrs["id"] === "roster");
  client.send("<presence/>");
  await client.next((stanza) => stanza.name === "presence" && stanza.attrs["from"] === client.jid);
  await client.sync();
  client.inbox.length = 0;
}
