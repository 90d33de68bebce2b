/** The files of a page: without data, read once, known again by their ETag. */
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

export class StaticFiles {
  readonly #files = new Map<string, StaticFile>();
  readonly #headers: Readonly<Record<string, string>>;

  /** `headers` go with every file. */
  constructor(folder: string, headers: Readonly<Record<string, string>>) {
    this.#headers = headers;
    for (const name of readdirSync(folder)) {
      const type = TYPES[extname(name)];
      if (type === undefined) continue;
      const body = new Uint8Array(readFileSync(join(folder, name)));
      const etag = `"${createHash("sha256").update(body).digest("base64url").slice(0, 22)}"`;
      this.#files.set(name, { body, type, etag });
    }
  }

  get names(): readonly string[] {
    return [...this.#files.keys()];
  }

  /** Undefined: there is no such file. */
  response(name: string, ifNoneMatch?: string): Response | undefined {
    const file = this.#files.get(name);
    if (file === undefined) return undefined;
    const headers = { ...this.#headers, "content-type": file.type, etag: file.etag };
    if (ifNoneMatch === file.etag) return new Response(null, { status: 304, headers });
    return new Response(file.body, { headers });
  }
}
