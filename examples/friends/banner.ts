/** What the terminal says once everything runs. */
import { styleText } from "node:util";
import type { Port } from "./ports.ts";
import type { Store } from "./store.ts";

export type PortName = "app" | "guest" | "c2s" | "c2sTls" | "http" | "https";

export interface BannerOptions {
  readonly store: Store;
  readonly domain: string;
  readonly token: string;
  readonly ports: Readonly<Record<PortName, Port>>;
}

export function banner({ store, domain, token, ports }: BannerOptions): string {
  const app = `http://127.0.0.1:${ports.app.number}`;
  const guest = `http://127.0.0.1:${ports.guest.number}`;
  const kith = `http://127.0.0.1:${ports.http.number}`;
  const authorization = `-H "Authorization: Bearer ${token}"`;
  const accounts = store.people().map(({ user }) => `  ${`${user}@${domain}`.padEnd(20)}${store.password(user)}`);
  return [
    "",
    `  ${strong("Friends is running, with Kith beside it.")} Everything listens on this machine only.`,
    "",
    `  ${strong("Open in a browser")}`,
    `  ${`${app}/`.padEnd(46)}choose who you are`,
    `  ${`${app}/beside/john/michael`.padEnd(46)}two people side by side`,
    `  ${`${guest}/`.padEnd(46)}Guest Chat, a program that Kith has never heard of`,
    `  ${`${kith}/oauth2/account`.padEnd(46)}my apps and devices: what may use the account`,
    "",
    `  ${strong("Or use any XMPP client")}: address and password`,
    ...accounts,
    `  Server 127.0.0.1, port ${ports.c2s.number} (STARTTLS) or ${ports.c2sTls.number} (direct TLS).`,
    "  The certificate is self-signed: accept it when the client asks.",
    "",
    `  ${strong("Try")}`,
    "  # tell Kith that two lists have changed",
    `  curl -X POST ${authorization} -d '["john","marie"]' ${kith}/roster_admin/refresh`,
    "  # what the application answers when Kith asks",
    `  curl ${app}/contacts/john`,
    "  # what Kith holds of John, once he has signed in",
    `  curl ${authorization} ${kith}/roster_admin/rosters/john`,
    ...takenLines(ports),
    "",
    "  Ctrl-C ends it.",
    "",
  ].join("\n");
}

/** Bold on a terminal, plain in a file. */
const strong = (text: string): string => styleText("bold", text);

function takenLines(ports: BannerOptions["ports"]): string[] {
  const taken = Object.values(ports).filter((port) => port.insteadOf !== null);
  if (taken.length === 0) return [];
  return [
    "",
    ...taken.map((port) => `  Port ${port.insteadOf} is in use by another program; ${port.number} is taken instead.`),
  ];
}
