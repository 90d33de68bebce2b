/** Links by which a chat program makes itself an app password: one person's, for one device, once, for a short time (XEP-0445). */
import { createHash } from "node:crypto";
import type { Clock } from "../clock.ts";
import { makeId, makeToken, readDeviceName } from "./app-password-text.ts";
import type { AppPasswords } from "./app-passwords.ts";

/** ms for which a link may be good. */
export const LINK_LIFETIME = { least: 60_000, preset: 600_000, most: 86_400_000 } as const;
/** Open ones of one person: beyond it the oldest ends, as a page that is loaded again makes another. */
const MOST_OF_ONE = 20;
/** Open ones of one domain. */
const MOST_LINKS = 10_000;
/** ms for which one that has expired is still there, for who came with it before. */
const GRACE = 120_000;

export interface DeviceLink {
  readonly id: string;
  /** Localpart, prepared. */
  readonly username: string;
  /** What the device will be called. */
  readonly name: string;
  /** ms since the epoch. */
  readonly created: number;
  readonly expires: number;
}

export interface WantedLink {
  /** Prepared. */
  readonly domain: string;
  /** Localpart, prepared. */
  readonly username: string;
  /** As typed. */
  readonly name: string;
  /** ms, within LINK_LIFETIME. */
  readonly lifetime: number;
}

/** `off`, `name` and `many` as for app passwords. `full`: the domain has MOST_LINKS open. */
export type LinkRefused = "off" | "name" | "many" | "full";

export type MadeLink =
  | { readonly ok: true; readonly link: DeviceLink; readonly uri: string }
  | { readonly ok: false; readonly reason: LinkRefused };

interface DomainLinks {
  /** By the SHA-256 of the token, the oldest first. */
  readonly open: Map<string, DeviceLink>;
  /** Nothing is open after this, ms since the epoch. */
  until: number;
}

export interface DeviceLinksOptions {
  readonly appPasswords: Pick<AppPasswords, "obstacle">;
  readonly clock: Clock;
}

/** In memory: a link is made again more easily than kept. */
export class DeviceLinks {
  readonly #options: DeviceLinksOptions;
  readonly #domains = new Map<string, DomainLinks>();
  /** With which a password is made at this moment. */
  readonly #taken = new WeakSet<DeviceLink>();

  constructor(options: DeviceLinksOptions) {
    this.#options = options;
  }

  create(wanted: WantedLink): MadeLink {
    const { domain, username, lifetime } = wanted;
    const obstacle = this.#options.appPasswords.obstacle(domain, username);
    if (obstacle !== undefined) return { ok: false, reason: obstacle };
    const name = readDeviceName(wanted.name);
    if (name === undefined) return { ok: false, reason: "name" };
    const links = this.#of(domain);
    const created = this.#options.clock.now();
    const others: string[] = [];
    for (const [key, open] of links.open) {
      if (open.expires + GRACE <= created) links.open.delete(key);
      else if (open.username === username) others.push(key);
    }
    if (links.open.size >= MOST_LINKS) return { ok: false, reason: "full" };
    for (const key of others.slice(0, Math.max(0, others.length - MOST_OF_ONE + 1))) links.open.delete(key);
    const token = makeToken();
    const link: DeviceLink = { id: makeId(), username, name, created, expires: created + lifetime };
    links.open.set(keyOf(token), link);
    links.until = Math.max(links.until, link.expires);
    return { ok: true, link, uri: uriOf(username, domain, token) };
  }

  /** The oldest first. */
  list(domain: string, username: string): readonly DeviceLink[] {
    const now = this.#options.clock.now();
    return this.#all(domain, username).filter((link) => link.expires > now);
  }

  /** False: there was none. Also one that has expired: somebody may have come with it before. */
  revoke(domain: string, username: string, id: string): boolean {
    const link = this.#all(domain, username).find((one) => one.id === id);
    return link !== undefined && this.end(domain, link);
  }

  revokeAll(domain: string, username: string): void {
    for (const link of this.#all(domain, username)) this.end(domain, link);
  }

  /** Somebody may come with a link; asked for each connection. */
  mayCome(domain: string): boolean {
    const links = this.#domains.get(domain);
    return links !== undefined && links.open.size > 0 && this.#options.clock.now() < links.until;
  }

  /** XEP-0445 §4: whether it has expired counts here and nowhere else. */
  find(domain: string, token: string): DeviceLink | undefined {
    const link = this.#domains.get(domain)?.open.get(keyOf(token));
    return link !== undefined && link.expires > this.#options.clock.now() ? link : undefined;
  }

  /** Used, or taken back. False: it was so already. */
  end(domain: string, link: DeviceLink): boolean {
    const { open } = this.#of(domain);
    for (const [key, one] of open) if (one === link) return open.delete(key);
    return false;
  }

  /** Whoever came with it makes a password now, and says with `end` or `release` what came of that. False: it is over, or taken. */
  take(domain: string, link: DeviceLink): boolean {
    if (this.#taken.has(link) || !this.#all(domain, link.username).includes(link)) return false;
    this.#taken.add(link);
    return true;
  }

  /** It may be used again, unless it was ended. */
  release(link: DeviceLink): void {
    this.#taken.delete(link);
  }

  #all(domain: string, username: string): readonly DeviceLink[] {
    return [...this.#of(domain).open.values()].filter((link) => link.username === username);
  }

  #of(domain: string): DomainLinks {
    let links = this.#domains.get(domain);
    if (links === undefined) {
      links = { open: new Map(), until: 0 };
      this.#domains.set(domain, links);
    }
    return links;
  }
}

function keyOf(token: string): string {
  return createHash("sha256").update(token, "utf8").digest("base64url");
}

/** XEP-0401 §6.4, XEP-0445 §2.1; RFC 5122 §2.2: what is not ASCII is percent-encoded. */
function uriOf(username: string, domain: string, token: string): string {
  return `xmpp:${encodeURIComponent(username)}@${encodeURIComponent(domain)}?register;preauth=${token}`;
}
