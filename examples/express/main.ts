/** Express: an application that serves contacts to Kith, decides proposals, checks passwords, and tells Kith when contacts change. */
import { scryptSync, timingSafeEqual } from "node:crypto";
import express, { type Express } from "express";
// In a program of your own: from "kith-sdk".
import {
  type Contacts,
  contactsHandler,
  createKith,
  loginToken,
  passwordHandler,
  proposalsHandler,
  toNodeHandler,
} from "../../sdk/index.ts";

export interface Settings {
  readonly kithUrl: string;
  readonly token: string;
  readonly bearer: string;
  readonly secret: string;
  /** One of `accounts.tokens.secret` of Kith's configuration. */
  readonly loginSecret: string;
}

export function createApp({ kithUrl, token, bearer, secret, loginSecret }: Settings): Express {
  const kith = createKith({ url: kithUrl, token });
  const people = new Map<string, Contacts>([
    ["john", { "marie@localhost": { name: "Marie" } }],
    ["marie", { "john@localhost": { name: "John" } }],
    ["aaron", {}],
  ]);
  const befriend = (one: string, other: string): void => {
    people.set(one, { ...people.get(one), [`${other}@localhost`]: { name: other } });
    people.set(other, { ...people.get(other), [`${one}@localhost`]: { name: one } });
  };
  const app = express();

  // What Kith asks. Before express.json(): a signature covers the body as it came.
  app.use("/contacts/:user", toNodeHandler(contactsHandler((user) => people.get(user), { bearer, maxAge: 60 })));
  const decide = proposalsHandler(
    ({ type, user, contact }) => {
      const other = contact.replace(/@localhost$/, "");
      if (type !== "add") return { decision: "deny", reason: "Please do this on our page." };
      if (!people.has(other)) return { decision: "deny", reason: `${other} is not with us.` };
      befriend(user, other);
      return "accept";
    },
    { secret },
  );
  app.use("/proposals", toNodeHandler(decide));
  const passwords = passwordHandler(
    { check: (user, password) => isPassword(user, password), exists: (user) => people.has(user) },
    { secret },
  );
  app.use("/kith/password", toNodeHandler(passwords));

  // Where your own pages are.
  app.use(express.json());
  app.post("/befriend/:one/:other", async (request, response) => {
    const { one, other } = request.params;
    befriend(one, other);
    response.json(await kith.refresh([one, other], { results: true }));
  });
  app.get("/chat-token/:user", async (request, response) => {
    // Of the person who is logged in, in a real application.
    response.json({ token: await loginToken(request.params.user, { secret: loginSecret, domain: "localhost" }) });
  });
  return app;
}

/** What a database holds of each person's password: never the password. */
const hashes = new Map(["john", "marie", "aaron"].map((user) => [user, hashOf(user, `${user}-secret`)]));

function hashOf(user: string, password: string): Uint8Array {
  return scryptSync(password, `a salt of their own: ${user}`, 32);
}

/** Somebody unknown takes as long as somebody known. */
function isPassword(user: string, password: string): boolean {
  const hash = hashOf(user, password);
  return timingSafeEqual(hash, hashes.get(user) ?? new Uint8Array(hash.length));
}

if (import.meta.main) {
  const {
    KITH_URL = "http://localhost:5280",
    KITH_TOKEN = "",
    CONTACTS_BEARER = "",
    CONTACTS_SECRET = "",
  } = process.env;
  const loginSecret = process.env["LOGIN_SECRET"] ?? "";
  createApp({
    kithUrl: KITH_URL,
    token: KITH_TOKEN,
    bearer: CONTACTS_BEARER,
    secret: CONTACTS_SECRET,
    loginSecret,
  }).listen(3000);
}
