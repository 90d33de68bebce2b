/** Guest Chat on a port, and so an origin, of its own. It stands for a program of somebody else's: only its files are served here. */
import { fileURLToPath } from "node:url";
import { Hono } from "hono";
import { fileResponse } from "./files.ts";
import { refuseForeignNames } from "./guard.ts";

export interface GuestOptions {
  /** Filled in where an address is asked for. */
  readonly address: string;
  /** Kith's web side. Elsewhere a program finds it by the domain of the address. */
  readonly kithUrl: string;
}

const FILES = fileURLToPath(new URL("../guest-chat", import.meta.url));
const STROPHE = fileURLToPath(new URL("dist", import.meta.resolve("strophe.js/package.json")));

/** It connects to the server of whoever comes, wherever that is; it runs and shows nothing but its own files. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src http: https: ws: wss:; " +
  "form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

export function createGuest({ address, kithUrl }: GuestOptions): Hono {
  const guest = new Hono();
  guest.use(refuseForeignNames, async (c, next) => {
    await next();
    c.header("Content-Security-Policy", POLICY);
    c.header("X-Content-Type-Options", "nosniff");
    c.header("Referrer-Policy", "no-referrer");
  });
  guest.get("/demo.json", (c) => c.json({ address, server: kithUrl, account: `${kithUrl}/oauth2/account` }));
  guest.get("/strophe.js", () => fileResponse(STROPHE, "strophe.esm.js", "max-age=3600"));
  guest.get("/", () => fileResponse(FILES, "index.html", "no-cache"));
  guest.get("/:file", (c) => fileResponse(FILES, c.req.param("file"), "no-cache"));
  return guest;
}
