/** The page itself: static files without data, read once, with headers that let it load nothing from elsewhere. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";

interface StaticFile {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly type: string;
  readonly etag: string;
}

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
};

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

export class AdminFiles {
  readonly #files = new Map<string, StaticFile>();

  constructor(folder = join(import.meta.dirname, "public")) {
    for (const name of readdirSync(folder)) {
      const type = TYPES[extname(name)];
      if (type === undefined) continue;
      const body = new Uint8Array(readFileSync(join(folder, name)));
      const etag = `"${createHash("sha256").update(body).digest("base64url").slice(0, 22)}"`;
      this.#files.set(name, { body, type, etag });
    }
  }

  /** Undefined: there is no such file. */
  response(name: string, ifNoneMatch?: string): Response | undefined {
    const file = this.#files.get(name);
    if (file === undefined) return undefined;
    const headers = { ...HEADERS, "content-type": file.type, etag: file.etag };
    if (ifNoneMatch === file.etag) return new Response(null, { status: 304, headers });
    return new Response(file.body, { headers });
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
