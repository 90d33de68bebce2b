/** Which certificate and key Prosody would use: https://prosody.im/doc/certificates and `core/certmanager.lua` → `tls`. */
import { X509Certificate } from "node:crypto";
import { asText, LuaTable } from "./lua-value.ts";
import type { Notice } from "./notice.ts";
import { type Files, type Host, type Option, optionOf, resolvePath, type Sections } from "./sections.ts";

export interface Pair {
  readonly cert: string;
  readonly key: string;
}

export interface CertificateChoice {
  /** Undefined: none was found. */
  readonly pair: Pair | undefined;
  readonly notices: readonly Notice[];
}

/** Folders in folders that are searched. */
const DEEPEST = 3;
const MOST_FILES = 1000;
/** As Prosody tries them in a folder: of the certificate, and of its key. */
const NAMES = [
  ["%s.crt", "%s.key"],
  ["%s/fullchain.pem", "%s/privkey.pem"],
  ["%s.pem", "%s.pem"],
] as const;

/** Kith has one certificate for all domains: the one that is good for most of them. Paths as `folder` resolves them. */
export function certificateOf(
  sections: Sections,
  hosts: readonly Host[],
  folder: string,
  files: Files,
): CertificateChoice {
  const search = new CertificateSearch(sections, folder, files);
  const found = hosts.map((host) => ({ host, pair: search.pairOf(host) }));
  const pairs = found.map(({ pair }) => pair).filter((pair) => pair !== undefined);
  const good = (pair: Pair): number => hosts.filter(({ name }) => search.isFor(pair.cert, name)).length;
  const [pair] = pairs.toSorted((a, b) => good(b) - good(a));
  const notices: Notice[] = [];
  if (pair === undefined) {
    const text =
      "No certificate with its key was found or could be read: Kith makes one of its own, for development only. Set tls.cert and tls.key.";
    return { pair, notices: [{ where: "certificates", text }] };
  }
  for (const { host, pair: own } of found) {
    if (own !== undefined && own.cert !== pair.cert && !search.isFor(pair.cert, host.name)) {
      const text = `Kith has one certificate for all domains, ${pair.cert}, and that is not for ${host.name}: get one that names all of them.`;
      notices.push({ where: own.cert, text });
    }
  }
  return { pair, notices };
}

class CertificateSearch {
  readonly #sections: Sections;
  readonly #folder: string;
  readonly #files: Files;
  #index: readonly string[] | undefined;

  constructor(sections: Sections, folder: string, files: Files) {
    this.#sections = sections;
    this.#folder = folder;
    this.#files = files;
  }

  pairOf(host: Host): Pair | undefined {
    return (
      this.#ofTable(optionOf(this.#sections, host, "ssl")) ??
      this.#ofPath(optionOf(this.#sections, host, "certificate")) ??
      this.#ofFolder(host.name) ??
      this.#ofTable(this.#sections.global.get("c2s_direct_tls_ssl") ?? this.#sections.global.get("legacy_ssl_ssl")) ??
      this.#ofPath(this.#sections.global.get("https_certificate")) ??
      this.#ofTable(this.#sections.global.get("https_ssl"))
    );
  }

  /** The certificate names the host. */
  isFor(cert: string, host: string): boolean {
    try {
      return new X509Certificate(this.#files.read(cert) ?? "").checkHost(host) !== undefined;
    } catch {
      return false; // no certificate at all
    }
  }

  #ofTable(option: Option | undefined): Pair | undefined {
    if (!(option?.value instanceof LuaTable)) return undefined;
    const cert = asText(option.value.get("certificate"));
    const key = asText(option.value.get("key"));
    return cert === undefined || key === undefined ? undefined : this.#whole(this.#path(cert), this.#path(key));
  }

  /** One path for all, or a table by ports. */
  #ofPath(option: Option | undefined): Pair | undefined {
    const value = option?.value;
    const paths = value instanceof LuaTable ? [...value.keys()].map((key) => asText(value.get(key))) : [asText(value)];
    return paths
      .filter((path) => path !== undefined)
      .map((path) => this.#whole(this.#path(path), keyOf(this.#path(path))))
      .find((pair) => pair !== undefined);
  }

  /** By the names of files, those of the domain above too, then by what the certificates say. */
  #ofFolder(host: string): Pair | undefined {
    const folder = this.#path(asText(this.#sections.global.get("certificates")?.value) ?? "certs");
    for (let name = host; name.includes(".") || name === host; name = name.slice(name.indexOf(".") + 1)) {
      for (const [cert, key] of NAMES) {
        const pair = this.#whole(
          resolvePath(folder, cert.replace("%s", name)),
          resolvePath(folder, key.replace("%s", name)),
        );
        if (pair !== undefined) return pair;
      }
      if (!name.includes(".")) break;
    }
    this.#index ??= this.#search(folder, DEEPEST, []);
    const cert = this.#index.find((path) => this.isFor(path, host));
    return cert === undefined ? undefined : this.#whole(cert, keyOf(cert));
  }

  #search(folder: string, levels: number, found: string[]): readonly string[] {
    for (const name of this.#files.list(folder) ?? []) {
      if (found.length >= MOST_FILES) break;
      const path = resolvePath(folder, name);
      if (name.endsWith(".crt") || name.includes("fullchain")) found.push(path);
      else if (levels > 1 && !name.startsWith(".") && !/\.(pem|key)$/.test(name)) this.#search(path, levels - 1, found);
    }
    return found;
  }

  /** Both can be read. */
  #whole(cert: string, key: string): Pair | undefined {
    const isThere = this.#files.read(cert) !== undefined && this.#files.read(key) !== undefined;
    return isThere ? { cert, key } : undefined;
  }

  #path(path: string): string {
    return resolvePath(this.#folder, path);
  }
}

function keyOf(cert: string): string {
  return cert.replace(/\.crt$/, ".key").replace("fullchain", "privkey");
}
