/** `login.url`: Kith's pages send people here to be logged in; who is logged in already is sent back at once. */
import type { Context, Hono } from "hono";
import { getCookie, setCookie } from "hono/cookie";
import { type LoginChallenge, LoginChallengeError, loginChallenge } from "../../sdk/index.ts";
import { whoPage } from "./pages.ts";
import type { Store } from "./store.ts";

const COOKIE = "friends_user";

/** In place of a login: whose page was opened last in this browser. The halves of one window count for nobody. */
export function remember(c: Context, user: string): void {
  if (c.req.header("sec-fetch-dest") === "iframe") return;
  setCookie(c, COOKIE, user, { path: "/", httpOnly: true, sameSite: "Lax" });
}

export function loginRoutes(app: Hono, store: Store, secret: string): void {
  app.get("/kith/login", async (c) => {
    let challenge: LoginChallenge;
    try {
      challenge = await loginChallenge(c.req.raw, { secret });
    } catch (error) {
      if (error instanceof LoginChallengeError) return c.text(`This is for Kith to ask: ${error.message}.`, 400);
      throw error;
    }
    const chosen = store.person(c.req.query("user") ?? "");
    if (chosen !== undefined) remember(c, chosen.user);
    const user = chosen?.user ?? loggedIn(c, challenge);
    if (user !== undefined) return c.redirect(await challenge.accept(user), 303);
    const here = new URL(c.req.url);
    const people = store.people().map((person) => {
      here.searchParams.set("user", person.user);
      return { ...person, href: `${here.pathname}${here.search}` };
    });
    return c.html(whoPage(people, challenge.client?.name));
  });

  /** Who is logged in, unless the person may want to be somebody else. */
  function loggedIn(c: Context, { again, hint }: LoginChallenge): string | undefined {
    const user = store.person(getCookie(c, COOKIE) ?? "")?.user;
    return again || (hint !== undefined && hint !== user) ? undefined : user;
  }
}
