/** Addresses and ports: https://prosody.im/doc/ports and `core/portmanager.lua` → `listen`. */
import { isIP } from "node:net";
import { asList, asTexts } from "./lua-value.ts";
import type { Notice } from "./notice.ts";
import { type Option, optionOf, type Sections } from "./sections.ts";

export interface Listening {
  readonly listen: Readonly<Record<string, string | number | null>>;
  readonly notices: readonly Notice[];
}

interface Service {
  readonly key: string;
  /** Options in Prosody, the first that is set counts. */
  readonly options: readonly string[];
  readonly preset: number | null;
}

const SERVICES: readonly Service[] = [
  { key: "c2s", options: ["c2s_ports"], preset: 5222 },
  { key: "c2sTls", options: ["c2s_direct_tls_ports", "legacy_ssl_ports"], preset: null },
  { key: "http", options: ["http_ports"], preset: 5280 },
  { key: "https", options: ["https_ports"], preset: 5281 },
];

/** `hasIpv6`: this machine has an address of that family, so that `::` can be listened on. */
export function listeningOf(sections: Sections, hasIpv6: boolean): Listening {
  const notices: Notice[] = [];
  const listen: Record<string, string | number | null> = { address: addressOf(sections, hasIpv6, notices) };
  for (const service of SERVICES) {
    const port = portOf(sections, service, notices);
    const isFree = port === null || !Object.values(listen).includes(port);
    listen[service.key] = isFree ? port : null;
    if (!isFree) {
      notices.push({
        where: service.options.join(", "),
        text: `listen.${service.key} is off: ${port} is taken already.`,
      });
    }
  }
  if (
    sections.global.get("c2s_direct_tls_ports") !== undefined &&
    sections.global.get("legacy_ssl_ports") !== undefined
  ) {
    notices.push({
      where: "legacy_ssl_ports",
      text: "Left out beside c2s_direct_tls_ports: Kith has one port of this kind.",
    });
  }
  return { listen, notices };
}

function portOf(sections: Sections, { key, options, preset }: Service, notices: Notice[]): number | null {
  const option = options.map((name) => sections.global.get(name)).find((found) => found !== undefined);
  if (option === undefined) return preset;
  const given = asList(option.value).filter((one) => typeof one === "number" || typeof one === "string");
  const ports = given.map(Number);
  const [port, ...others] = ports.filter((one) => Number.isInteger(one) && one > 0 && one <= 65_535);
  if (others.length > 0) {
    notices.push({
      where: option.where,
      text: `Kith has one listen.${key}: ${port} is taken, ${others.join(", ")} left out.`,
    });
  }
  return port ?? null;
}

const EVERY: Readonly<Record<string, string>> = { "*": "0.0.0.0", "::": "::" };

/** Kith has one address for all listeners: that of the clients' port. */
function addressOf(sections: Sections, hasIpv6: boolean, notices: Notice[]): string {
  const option = first(sections, ["c2s_interfaces", "c2s_interface", "interfaces", "interface"]);
  const names = option === undefined ? defaultInterfaces(sections) : asTexts(option.value);
  const addresses = names.map((name) => EVERY[name] ?? name).filter((name) => isIP(name) !== 0);
  const everywhere = addresses.includes("::") && hasIpv6 ? "::" : addresses.find((address) => address === "0.0.0.0");
  const address = everywhere ?? addresses.find((one) => one !== "::") ?? "127.0.0.1";
  const others = addresses.filter((one) => one !== address && EVERY["*"] !== one && one !== "::");
  if (option !== undefined && others.length > 0) {
    const text = `Kith listens on one address: ${address} is taken, ${others.join(", ")} left out.`;
    notices.push({ where: option.where, text });
  }
  tellOfHttp(sections, address, notices);
  return address;
}

function defaultInterfaces(sections: Sections): readonly string[] {
  const isOn = (name: string): boolean => optionOf(sections, undefined, name)?.value !== false;
  return [...(isOn("use_ipv4") ? ["*"] : []), ...(isOn("use_ipv6") ? ["::"] : [])];
}

/** Prosody has its plain HTTP port on loopback, unless told otherwise. */
function tellOfHttp(sections: Sections, address: string, notices: Notice[]): void {
  const option = first(sections, ["http_interfaces", "http_interface"]);
  const own = option === undefined ? ["127.0.0.1", "::1"] : asTexts(option.value).map((name) => EVERY[name] ?? name);
  if (own.includes(address) || address === "127.0.0.1" || address === "::1") return;
  notices.push({
    where: option?.where ?? "http_interfaces",
    text: `Prosody had its plain HTTP port on ${own.join(", ")}; Kith has all ports on one address (${address}). Close that port from outside, or set listen.http to null and use https.`,
  });
}

function first(sections: Sections, names: readonly string[]): Option | undefined {
  return names.map((name) => sections.global.get(name)).find((option) => option !== undefined);
}
