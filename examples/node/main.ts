/** Plain Node: an application that serves contacts to Kith, and tells it when they change. */
import { createServer, type Server } from "node:http";
// In a program of your own: from "kith-sdk".
import { batchHandler, type Contacts, contactsHandler, createKith, oneByOne, toNodeHandler } from "../../sdk/index.ts";

export interface Settings {
  /** Kith's HTTP side. */
  readonly kithUrl: string;
  /** One of `http.tokens` of Kith's configuration. */
  readonly token: string;
  /** `contacts.bearer` of Kith's configuration. */
  readonly bearer: string;
  /** `contacts.secret` of Kith's configuration. */
  readonly secret: string;
}

export function createApp({ kithUrl, token, bearer, secret }: Settings): Server {
  const kith = createKith({ url: kithUrl, token });
  const people = new Map<string, Contacts>([
    ["john", { "marie@localhost": { name: "Marie" } }],
    ["marie", { "john@localhost": { name: "John" } }],
    ["aaron", {}],
  ]);
  const find = (user: string): Contacts | undefined => people.get(user);
  const contacts = toNodeHandler(contactsHandler(find, { bearer }));
  const batch = toNodeHandler(batchHandler(oneByOne(find), { secret }));

  async function befriend(one: string, other: string): Promise<void> {
    people.set(one, { ...people.get(one), [`${other}@localhost`]: { name: other } });
    people.set(other, { ...people.get(other), [`${one}@localhost`]: { name: one } });
    await kith.refresh([one, other]);
  }

  return createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    if (pathname.startsWith("/contacts/")) return contacts(request, response);
    if (pathname === "/batch") return batch(request, response);
    // Where your own pages are: here one that befriends, POST /befriend/john/aaron.
    const [, action, one = "", other = ""] = pathname.split("/");
    if (request.method !== "POST" || action !== "befriend" || !people.has(one) || !people.has(other)) {
      response.writeHead(404).end();
      return;
    }
    befriend(one, other).then(
      () => response.writeHead(204).end(),
      (error: unknown) => {
        console.error(error);
        response.writeHead(502).end();
      },
    );
  });
}

if (import.meta.main) {
  const {
    KITH_URL = "http://localhost:5280",
    KITH_TOKEN = "",
    CONTACTS_BEARER = "",
    CONTACTS_SECRET = "",
  } = process.env;
  createApp({ kithUrl: KITH_URL, token: KITH_TOKEN, bearer: CONTACTS_BEARER, secret: CONTACTS_SECRET }).listen(3000);
}
