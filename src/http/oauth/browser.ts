/**
 * Which browser it is, and who is logged in there: one signed cookie and nothing stored. Forms carry a token that follows
 * from it, so that no other site can post them (RFC 9700 §4.7).
 */
import { createHmac, randomBytes } from "node:crypto";
import { isSameSecret } from "../../xmpp/sasl/scram-keys.ts";

export const BROWSER_COOKIE = "kith_browser";
/** ms that somebody stays logged in to these pages. */
const LOGIN_LASTS = 60 * 60_000;
const ID_OCTETS = 16;
const PATTERN = /^([A-Za-z0-9_-]{22})\.([A-Za-z0-9_-]{0,1400})\.(\d{1,15})\.([A-Za-z0-9_-]{43})$/;

export interface Login {
  /** Prepared. */
  readonly username: string;
  /** ms since the epoch. */
  readonly since: number;
}

export interface Browser {
  /** Unpredictable; a new one with each login. */
  readonly id: string;
  readonly login: Login | undefined;
}

/** One domain's, by a key of its own. */
export class Browsers {
  readonly #keys: readonly Buffer[];

  /** The first signs; all verify. */
  constructor(keys: readonly Buffer[]) {
    this.#keys = keys;
  }

  /** Somebody new, or somebody who has just logged in. */
  begin(login?: Login): Browser {
    return { id: randomBytes(ID_OCTETS).toString("base64url"), login };
  }

  /** Of the Cookie header; undefined: there is none, or it was not made here. `now`: ms since the epoch. */
  read(header: string | undefined, now: number): Browser | undefined {
    const value = cookieIn(header, BROWSER_COOKIE);
    const parts = value === undefined ? null : PATTERN.exec(value);
    if (value === undefined || parts === null) return undefined;
    const [, id = "", name = "", time = "", mac = ""] = parts;
    const signed = value.slice(0, value.length - mac.length - 1);
    if (!this.#keys.some((key) => isSame(macOf(key, "cookie", signed), mac))) return undefined;
    const since = Number(time);
    const username = Buffer.from(name, "base64url").toString("utf8");
    const isIn = username !== "" && now - since < LOGIN_LASTS;
    return { id, login: isIn ? { username, since } : undefined };
  }

  /** The value of a Set-Cookie header. */
  write({ id, login }: Browser, secure: boolean): string {
    const name = Buffer.from(login?.username ?? "", "utf8").toString("base64url");
    const signed = `${id}.${name}.${login?.since ?? 0}`;
    const [key = Buffer.alloc(0)] = this.#keys;
    const value = `${signed}.${macOf(key, "cookie", signed)}`;
    return `${BROWSER_COOKIE}=${value}; Path=/oauth2; HttpOnly; SameSite=Lax${secure ? "; Secure" : ""}`;
  }

  /** What a form of this browser carries; `purpose` tells forms apart. */
  formToken({ id }: Browser, purpose: string): string {
    const [key = Buffer.alloc(0)] = this.#keys;
    return macOf(key, "form", `${id} ${purpose}`);
  }

  isFormToken({ id }: Browser, purpose: string, given: string): boolean {
    return this.#keys.some((key) => isSame(macOf(key, "form", `${id} ${purpose}`), given));
  }
}

function macOf(key: Buffer, label: string, text: string): string {
  return createHmac("sha256", key).update(`${label} ${text}`).digest("base64url");
}

function isSame(one: string, other: string): boolean {
  return isSameSecret(Buffer.from(one), Buffer.from(other));
}

/** RFC 6265 §5.4: the first of this name. */
function cookieIn(header: string | undefined, name: string): string | undefined {
  for (const pair of header?.split(";") ?? []) {
    const at = pair.indexOf("=");
    if (at !== -1 && pair.slice(0, at).trim() === name) return pair.slice(at + 1).trim();
  }
  return undefined;
}
