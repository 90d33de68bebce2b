/** The page itself: static files, with headers that let it load nothing from elsewhere. */
import { join } from "node:path";
import { StaticFiles } from "../static-files.ts";

const HEADERS: Readonly<Record<string, string>> = {
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'none'; " +
    "frame-ancestors 'none'; base-uri 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-frame-options": "DENY",
  "cache-control": "no-cache",
};

export class AdminFiles extends StaticFiles {
  constructor() {
    super(join(import.meta.dirname, "public"), HEADERS);
  }

  /** The page: it asks for the token itself where the call has none. */
  page(allowed: boolean): Response {
    const page = this.response("index.html") ?? new Response(null, { status: 404 });
    if (allowed) return page;
    const headers = new Headers(page.headers);
    headers.delete("etag");
    headers.set("www-authenticate", 'Bearer realm="kith"');
    return new Response(page.body, { status: 401, headers });
  }
}
