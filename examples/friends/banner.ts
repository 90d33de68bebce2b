/** What the terminal says once everything runs. */
import type { Port } from "./ports.ts";
import type { Store } from "./store.ts";

export type PortName = "app" | "c2s" | "c2sTls" | "http" | "https";

export interface BannerOptions {
  readonly store: Store;
  readonly domain: string;
  readonly token: string;
  readonly ports: Readonly<Record<PortName, Port>>;
}

export function banner({ store, domain, token, ports }: BannerOptions): string {
  const app = `http://127.0.0.1:${ports.app.number}`;
  const kith = `http://127.0.0.1:${ports.http.number}`;
  const authorization = `-H "Authorization: Bearer ${token}"`;
  const accounts = store.people().map(({ user }) => `  ${`${user}@${domain}`.padEnd(20)}${store.password(user)}`);
  return [
    "",
    "  Friends is running, with Kith beside it. Everything listens on this machine only.",
    "",
    "  Open in a browser",
    `  ${app}/                        choose who you are`,
    `  ${app}/beside/john/michael     two people side by side`,
    "",
    "  Or with any XMPP client: address and password",
    ...accounts,
    `  Server 127.0.0.1, port ${ports.c2s.number} (STARTTLS) or ${ports.c2sTls.number} (direct TLS).`,
    "  The certificate is self-signed: accept it when the client asks.",
    "",
    "  Try: tell Kith to ask again, what the application answers, what Kith holds",
    `  curl -X POST ${authorization} -d '["john","marie"]' ${kith}/roster_admin/refresh`,
    `  curl ${app}/contacts/john`,
    `  curl ${authorization} ${kith}/roster_admin/rosters/john`,
    ...takenLines(ports),
    "",
    "  Ctrl-C ends it.",
    "",
  ].join("\n");
}

function takenLines(ports: BannerOptions["ports"]): string[] {
  const taken = Object.values(ports).filter((port) => port.insteadOf !== null);
  if (taken.length === 0) return [];
  return [
    "",
    ...taken.map((port) => `  Port ${port.insteadOf} is in use by another program; ${port.number} is taken instead.`),
  ];
}
