/** Starts the application and, in the same process, Kith for its chat. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type ServerType, serve } from "@hono/node-server";
import { loginToken } from "../../sdk/index.ts";
import type { Log } from "../../src/log.ts";
import { createServer, type Server } from "../../src/server.ts";
import { banner, type PortName } from "./banner.ts";
import { createGuest } from "./guest.ts";
import { refresh } from "./kith.ts";
import { freePort, type Port } from "./ports.ts";
import { createApp } from "./routes.ts";
import { Store } from "./store.ts";

const DOMAIN = "localhost";
const LOOPBACK = "127.0.0.1";

/** Ports that are tried first; 0 takes any free one. */
export const USUAL_PORTS: Readonly<Record<PortName, number>> = {
  app: 3000,
  guest: 3001,
  c2s: 5222,
  c2sTls: 5223,
  http: 5280,
  https: 5281,
};

export const ANY_PORTS: Readonly<Record<PortName, number>> = {
  app: 0,
  guest: 0,
  c2s: 0,
  c2sTls: 0,
  http: 0,
  https: 0,
};

/** Of what Kith has to say only what a person should look at. */
const LOG: Log = {
  error: (text, fields) => console.error("kith:", text, fields ?? ""),
  warn: (text, fields) => console.warn("kith:", text, fields ?? ""),
  info: () => undefined,
  debug: () => undefined,
};

export interface Demo {
  /** The application's address, without a slash at the end. */
  readonly url: string;
  /** Guest Chat's. */
  readonly guestUrl: string;
  /** The address of Kith's web side. */
  readonly kithUrl: string;
  /** What a person has to know: addresses, accounts, things to try. */
  readonly banner: string;
  close(): Promise<void>;
}

/**
 * Starts everything on loopback. `dataFolder` is made if it is not there.
 * @throws when another one runs with the same folder, or a port is lost between asking and opening
 */
export async function startDemo(
  dataFolder: string,
  usual: Readonly<Record<PortName, number>> = USUAL_PORTS,
): Promise<Demo> {
  mkdirSync(dataFolder, { recursive: true, mode: 0o700 });
  const store = new Store(join(dataFolder, "friends.sqlite"));
  const token = store.secret("token");
  const secret = `whsec_${Buffer.from(store.secret("webhooks")).toString("base64")}`;
  const loginSecret = store.secret("login");
  const ports = await choosePorts(usual);
  const url = `http://${LOOPBACK}:${ports.app.number}`;
  const guestUrl = `http://${LOOPBACK}:${ports.guest.number}`;
  const kithUrl = `http://${LOOPBACK}:${ports.http.number}`;

  const app = createApp({
    store,
    domain: DOMAIN,
    guestUrl,
    accountUrl: `${kithUrl}/oauth2/account`,
    websocketUrl: `ws://${LOOPBACK}:${ports.http.number}/xmpp-websocket`,
    secret,
    loginToken: (user) => loginToken(user, { secret: loginSecret, domain: DOMAIN }),
    refresh: (users) => refresh({ url: kithUrl, token }, users),
  });
  const guest = createGuest({ address: `john@${DOMAIN}`, kithUrl });
  const web = [await listen(app.fetch, ports.app.number), await listen(guest.fetch, ports.guest.number)];

  const kith = await createServer({
    domain: DOMAIN,
    contacts: { url: `${url}/contacts/%s`, secret },
    proposals: { url: `${url}/kith/proposals` },
    events: { url: `${url}/kith/events`, settle: "1s" },
    // The page logs in with a token; passwords are for other clients.
    accounts: { tokens: { secret: loginSecret } },
    // Programs that nobody has registered ask people; who is logged in here only has to allow it.
    oauth: { registrationKey: store.secret("registration") },
    login: { url: `${url}/kith/login` },
    listen: {
      address: LOOPBACK,
      c2s: ports.c2s.number,
      c2sTls: ports.c2sTls.number,
      http: ports.http.number,
      https: ports.https.number,
    },
    http: { tokens: [token] },
    storage: `sqlite:${join(dataFolder, "kith.sqlite")}`,
    log: LOG,
  });
  for (const { user } of store.people()) await kith.users.add(`${user}@${DOMAIN}`, store.password(user) ?? "");

  return {
    url,
    guestUrl,
    kithUrl,
    banner: banner({ store, domain: DOMAIN, token, ports }),
    close: () => close(web, kith, store),
  };
}

async function choosePorts(usual: Readonly<Record<PortName, number>>): Promise<Record<PortName, Port>> {
  return {
    app: await freePort(usual.app),
    guest: await freePort(usual.guest),
    c2s: await freePort(usual.c2s),
    c2sTls: await freePort(usual.c2sTls),
    http: await freePort(usual.http),
    https: await freePort(usual.https),
  };
}

function listen(fetch: (request: Request) => Response | Promise<Response>, port: number): Promise<ServerType> {
  return new Promise((resolve, reject) => {
    const server = serve({ fetch, port, hostname: LOOPBACK }, () => resolve(server));
    server.once("error", reject);
  });
}

async function close(web: readonly ServerType[], kith: Server, store: Store): Promise<void> {
  await Promise.all([...web.map(closeWeb), kith.close()]);
  store.close();
}

function closeWeb(web: ServerType): Promise<unknown> {
  const closed = new Promise((resolve) => web.close(resolve));
  if ("closeAllConnections" in web) web.closeAllConnections(); // open pages hold theirs for good
  return closed;
}
