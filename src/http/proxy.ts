/** Who really calls, when proxies stand between: RFC 7239 and the X-Forwarded-… headers, from trusted addresses only. */
import type { IncomingMessage } from "node:http";
import { BlockList, isIP } from "node:net";
import type { TLSSocket } from "node:tls";

export interface Caller {
  readonly address: string;
  /** The outermost connection is encrypted. */
  readonly secure: boolean;
  /** As the caller wrote it; undefined: the Host header of the request itself counts. */
  readonly host: string | undefined;
}

/** Tells trusted proxies from everybody else. */
export class TrustedProxies {
  readonly #list = new BlockList();

  constructor(networks: readonly string[]) {
    for (const network of networks) {
      const [address = "", bits] = network.split("/");
      const family = isIP(address) === 6 ? "ipv6" : "ipv4";
      if (bits === undefined) this.#list.addAddress(address, family);
      else this.#list.addSubnet(address, Number(bits), family);
    }
  }

  has(address: string): boolean {
    const plain = plainAddress(address);
    const family = isIP(plain);
    return family !== 0 && this.#list.check(plain, family === 6 ? "ipv6" : "ipv4");
  }

  /** Follows the proxies from the socket outwards, as long as each is trusted. */
  callerOf(incoming: IncomingMessage): Caller {
    const peer = plainAddress(incoming.socket.remoteAddress ?? "");
    const secure = (incoming.socket as Partial<TLSSocket>).encrypted === true;
    if (!this.has(peer)) return { address: peer, secure, host: undefined };
    const hops = hopsOf(incoming);
    let found = hops.at(-1);
    for (let at = hops.length - 1; at >= 0; at--) {
      found = hops[at];
      if (found?.address === undefined || !this.has(found.address)) break;
    }
    return {
      address: found?.address ?? peer,
      secure: found?.proto === undefined ? secure : found.proto === "https" || found.proto === "wss",
      host: found?.host,
    };
  }
}

interface Hop {
  readonly address: string | undefined;
  readonly proto: string | undefined;
  readonly host: string | undefined;
}

const X_FORWARDED = ["x-forwarded-for", "x-forwarded-proto", "x-forwarded-host"];

/** The hops as the proxies wrote them, the outermost first. */
function hopsOf(incoming: IncomingMessage): readonly Hop[] {
  const forwarded = headerText(incoming, "forwarded");
  // Nearly all proxies write the other ones, and pass this one on as the client wrote it: RFC 7239 §8.1.
  const isAlone = X_FORWARDED.every((name) => incoming.headers[name] === undefined);
  if (forwarded !== undefined && isAlone) return listOf(forwarded).map(forwardedHop);
  const addresses = listOf(headerText(incoming, "x-forwarded-for") ?? "");
  const protos = listOf(headerText(incoming, "x-forwarded-proto") ?? "");
  const hosts = listOf(headerText(incoming, "x-forwarded-host") ?? "");
  const length = Math.max(addresses.length, 1);
  return Array.from({ length }, (_, index) => ({
    address: addressIn(addresses[index]),
    proto: (protos.length === length ? protos[index] : protos.at(-1))?.toLowerCase(),
    host: hosts.length === length ? hosts[index] : hosts.at(-1),
  }));
}

/** RFC 7239 §4: `for="[2001:db8::1]:80";proto=https;host=example.com` */
function forwardedHop(text: string): Hop {
  const found: Record<string, string> = Object.create(null);
  for (const pair of text.split(";")) {
    const [name = "", value = ""] = pair.split(/=(.*)/s);
    found[name.trim().toLowerCase()] = value.trim().replace(/^"(.*)"$/s, "$1");
  }
  return { address: addressIn(found["for"]), proto: found["proto"]?.toLowerCase(), host: found["host"] };
}

function headerText(incoming: IncomingMessage, name: string): string | undefined {
  const value = incoming.headers[name];
  return Array.isArray(value) ? value.join(",") : value;
}

function listOf(text: string): readonly string[] {
  if (text.length > 4096) return [];
  return text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
}

/** The address without brackets and port; undefined for `unknown` and hidden names. */
function addressIn(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const bare = /^\[([^\]]+)\](?::\d+)?$/.exec(text)?.[1] ?? /^([\d.]+):\d+$/.exec(text)?.[1] ?? text;
  return isIP(bare) === 0 ? undefined : plainAddress(bare);
}

/** An IPv4 address that came over an IPv6 socket, as IPv4. */
function plainAddress(address: string): string {
  return address.toLowerCase().startsWith("::ffff:") && address.includes(".") ? address.slice(7) : address;
}
