/** The application's routes: pages for people, changes from their forms, contacts for Kith. */
import { fileURLToPath } from "node:url";
import { type Context, Hono } from "hono";
import { streamSSE } from "hono/streaming";
import { fileResponse } from "./files.ts";
import { guard, refuseForeignNames } from "./guard.ts";
import { type Contact, contactsResponse, type KithEvent, type Proposal, type Refreshed, readSigned } from "./kith.ts";
import { Live } from "./live.ts";
import { loginRoutes, remember } from "./login.ts";
import { besidePage, chatPage, peopleFragment, personPage, startPage, type View } from "./pages.ts";
import { portrait } from "./portrait.ts";
import { decide } from "./proposals.ts";
import type { Person, Store } from "./store.ts";

export interface AppOptions {
  readonly store: Store;
  readonly domain: string;
  /** Where the chat in the browser connects to: `ws://127.0.0.1:5280/xmpp-websocket`. */
  readonly websocketUrl: string;
  /** Guest Chat's address. */
  readonly guestUrl: string;
  /** Kith's page "my apps and devices". */
  readonly accountUrl: string;
  /** What Kith signs with: `contacts.secret`. */
  readonly secret: string;
  /** What lets a person's page into the chat. */
  readonly loginToken: (user: string) => Promise<string>;
  /** Tells Kith whose lists have changed. */
  readonly refresh: (users: readonly string[]) => Promise<Refreshed>;
}

const PUBLIC = fileURLToPath(new URL("./public", import.meta.url));
const CONVERSE = fileURLToPath(new URL(".", import.meta.resolve("converse.js/dist/converse.min.js")));

export function createApp(options: AppOptions): Hono {
  const { store, domain, websocketUrl, guestUrl, accountUrl, secret, loginToken, refresh } = options;
  const app = new Hono();
  const live = new Live();
  app.use(refuseForeignNames, guard(new URL(websocketUrl).origin));

  // ---- Kith asks for somebody's contacts ----------------------------------------------------------------------------

  app.get("/contacts/:user", (c) => {
    const user = c.req.param("user");
    if (!store.person(user)) return c.json({ error: "unknown user" }, 404);
    const contacts = new Map<string, Contact>();
    for (const { to, name, groups } of store.requests().filter(({ from }) => from === user)) {
      contacts.set(`${to}@${domain}`, { name, groups, subscription: "none", ask: "subscribe" });
    }
    for (const { user: friend, name, groups } of store.friends(user))
      contacts.set(`${friend}@${domain}`, { name, groups });
    return contactsResponse(Object.fromEntries(contacts), c.req.header("if-none-match") ?? null);
  });

  // ---- Kith tells who is there --------------------------------------------------------------------------------------

  app.post("/kith/events", async (c) => {
    const event = await readSigned<KithEvent>(c.req.raw, secret);
    if (event === undefined) return c.json({ error: "not signed by Kith" }, 401);
    if (event.type === "presence" && store.setPresence(event.user, String(event.data["state"]), event.time))
      live.changed();
    return c.body(null, 204);
  });

  // ---- Kith asks what to say to somebody who changes contacts in a chat client --------------------------------------

  app.post("/kith/proposals", async (c) => {
    const proposal = await readSigned<Proposal>(c.req.raw, secret);
    if (proposal === undefined) return c.json({ error: "not signed by Kith" }, 401);
    const decision = decide(store, domain, proposal);
    live.changed();
    return c.json(decision);
  });

  // ---- Kith asks who is logged in here -------------------------------------------------------------------------------

  loginRoutes(app, store, secret);

  // ---- people change their lists: first the database, then Kith is told --------------------------------------------

  app.post("/:user/friends/:friend/:verb", async (c) => {
    const { user, friend, verb } = c.req.param();
    const form = verb === "label" ? await c.req.parseBody() : {};
    const touched = change(user, friend, verb, form);
    if (touched === null) return c.text("Nothing to change", 409);
    live.changed();
    const begun = performance.now();
    const result = await refresh(touched);
    live.called({ users: touched, result, ms: performance.now() - begun });
    if (c.req.header("accept") !== "application/json") return c.redirect(`/${user}`, 303);
    return c.json(result, result.ok ? 200 : 502);
  });

  /** Makes the change and says whose lists it touched; null when there was nothing to change. */
  function change(user: string, friend: string, verb: string, form: Record<string, unknown>): string[] | null {
    switch (verb) {
      case "befriend":
        return store.befriend(user, friend) ? [user, friend] : null;
      case "part":
        return store.part(user, friend) ? [user, friend] : null;
      case "decline":
        return store.forget(friend, user) ? [friend] : null;
      case "withdraw":
        return store.forget(user, friend) ? [user] : null;
      case "label":
        return store.label(user, friend, String(form["name"] ?? ""), String(form["groups"] ?? "").split(","))
          ? [user]
          : null;
      default:
        return null;
    }
  }

  // ---- pages --------------------------------------------------------------------------------------------------------

  const view = (me: Person): View => ({
    me,
    people: store.people(),
    friends: store.friends(me.user),
    requests: store.requests(),
    presence: store.presence(),
    calls: live.calls,
    domain,
    guestUrl,
    accountUrl,
  });

  app.get("/", (c) => c.html(startPage(store.people())));
  app.get("/public/:file", (c) => fileResponse(PUBLIC, c.req.param("file"), "no-cache"));
  app.get("/converse/*", (c) => fileResponse(CONVERSE, c.req.path.slice("/converse/".length), "max-age=3600"));
  app.get("/portrait/:file{.+\\.svg}", (c) => {
    c.header("Content-Type", "image/svg+xml");
    c.header("Cache-Control", "max-age=3600");
    return c.body(portrait(c.req.param("file").slice(0, -".svg".length)));
  });
  app.get("/beside/:left/:right", (c) => {
    const left = store.person(c.req.param("left"));
    const right = store.person(c.req.param("right"));
    return left && right ? c.html(besidePage(left, right)) : c.notFound();
  });
  app.get("/:user", (c) =>
    withPerson(c, (me) => {
      remember(c, me.user);
      return c.html(personPage(view(me)));
    }),
  );
  app.get("/:user/chat", (c) => withPerson(c, (me) => c.html(chatPage(me, websocketUrl, domain))));

  /** What Converse.js signs in with, a token as the password; it asks again whenever it has to reconnect. */
  app.get("/:user/credentials", (c) =>
    withPerson(c, async (me) => c.json({ jid: `${me.user}@${domain}`, password: await loginToken(me.user) })),
  );

  /** The people panel, now and after each change. */
  app.get("/:user/live", (c) =>
    withPerson(c, (me) =>
      streamSSE(c, async (stream) => {
        const send = (): void => {
          void stream.writeSSE({ event: "people", data: JSON.stringify(peopleFragment(view(me)).text) });
        };
        const stop = live.watch(send);
        send();
        await new Promise<void>((resolve) => {
          stream.onAbort(resolve);
        });
        stop();
      }),
    ),
  );

  function withPerson(c: Context, answer: (me: Person) => Response | Promise<Response>): Response | Promise<Response> {
    const me = store.person(c.req.param("user") ?? "");
    return me ? answer(me) : c.notFound();
  }

  return app;
}
