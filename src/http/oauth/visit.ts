/** One call of a page: of which domain, under which issuer, by which browser, from where. */
import type { HttpContext } from "../context.ts";
import type { Browser, Browsers, Login } from "./browser.ts";
import type { OAuthDomain } from "./domain.ts";
import type { Engine } from "./engine.ts";
import { pageHeaders } from "./pages/headers.ts";

export interface Visit {
  readonly context: HttpContext;
  readonly domain: OAuthDomain;
  readonly engine: Engine;
  readonly browsers: Browsers;
  readonly browser: Browser;
  /** The browser has no cookie of ours yet. */
  readonly isNew: boolean;
  /** Of the caller. */
  readonly address: string;
}

/** Who is logged in at these pages, and still may. */
export async function loginOf({ browser, domain }: Visit): Promise<Login | undefined> {
  const { login } = browser;
  if (login === undefined) return undefined;
  return (await domain.isCurrent(login.username, login.since)) ? login : undefined;
}

export function formToken({ browsers, browser }: Visit, purpose: string): string {
  return browsers.formToken(browser, purpose);
}

const FRESH = "fresh";

/** Says at `path` that somebody has just logged in for it, so that nobody is asked again. */
export function freshQuery(browsers: Browsers, browser: Browser, path: string): string {
  return new URLSearchParams({ [FRESH]: browsers.formToken(browser, `${FRESH} ${path}`) }).toString();
}

export function isFresh({ browsers, browser, context }: Visit, path: string): boolean {
  return browsers.isFormToken(browser, `${FRESH} ${path}`, context.req.query(FRESH) ?? "");
}

/** The form was made for this browser. */
export function isOwnForm({ browsers, browser, isNew }: Visit, purpose: string, form: URLSearchParams): boolean {
  return !isNew && browsers.isFormToken(browser, purpose, form.get("csrf") ?? "");
}

export function page(
  visit: Visit,
  html: string,
  { status = 200, formAction = [] }: { readonly status?: number; readonly formAction?: readonly string[] } = {},
): Response {
  const headers = new Headers(pageHeaders([...formAction, ...handoffOf(visit.domain)]));
  if (visit.isNew) headers.append("set-cookie", cookieOf(visit, visit.browser));
  return new Response(html, { status, headers });
}

/** A form may lead to where the application logs people in. */
export function handoffOf({ handoff }: OAuthDomain): readonly string[] {
  return handoff === undefined ? [] : [handoff.url];
}

/** RFC 9700 §4.12: 303, so that what was posted is not posted on. `browser`: who it is from now on. */
export function seeOther(visit: Visit, location: string, browser?: Browser): Response {
  const headers = new Headers({ location, "cache-control": "no-store", "referrer-policy": "no-referrer" });
  if (browser !== undefined) headers.append("set-cookie", cookieOf(visit, browser));
  else if (visit.isNew) headers.append("set-cookie", cookieOf(visit, visit.browser));
  return new Response(null, { status: 303, headers });
}

function cookieOf({ browsers, engine }: Visit, browser: Browser): string {
  return browsers.write(browser, engine.issuer.startsWith("https:"));
}
