/** Hono: the handlers take a Request and give a Response, so they are routes as they are. */
import { serve } from "@hono/node-server";
import { Hono } from "hono";
// In a program of your own: from "kith-sdk".
import { type Contacts, contactsHandler, createKith, KithApiError } from "../../sdk/index.ts";

export interface Settings {
  readonly kithUrl: string;
  readonly token: string;
  readonly bearer: string;
}

export function createApp({ kithUrl, token, bearer }: Settings): Hono {
  const kith = createKith({ url: kithUrl, token });
  const people = new Map<string, Contacts>([
    ["john", { "marie@localhost": { name: "Marie" } }],
    ["marie", { "john@localhost": { name: "John" } }],
    ["aaron", {}],
  ]);
  const contacts = contactsHandler((user) => people.get(user), { bearer });
  const app = new Hono();

  app.get("/contacts/:user", (c) => contacts(c.req.raw));

  app.post("/befriend/:one/:other", async (c) => {
    const { one, other } = c.req.param();
    people.set(one, { ...people.get(one), [`${other}@localhost`]: { name: other } });
    people.set(other, { ...people.get(other), [`${one}@localhost`]: { name: one } });
    return c.json(await kith.refresh([one, other]));
  });

  app.onError((error, c) => {
    // The change is stored: Kith learns of it at the next refresh or login.
    if (error instanceof KithApiError)
      return c.json({ stored: true, chat: error.problem?.detail ?? error.message }, 502);
    console.error(error);
    return c.text("Something broke", 500);
  });
  return app;
}

if (import.meta.main) {
  const { KITH_URL = "http://localhost:5280", KITH_TOKEN = "", CONTACTS_BEARER = "" } = process.env;
  serve({ fetch: createApp({ kithUrl: KITH_URL, token: KITH_TOKEN, bearer: CONTACTS_BEARER }).fetch, port: 3000 });
}
