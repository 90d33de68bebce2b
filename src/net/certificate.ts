/** The server's certificate: loaded, or made once for development, and swapped without a restart. */
import { createHash, createPrivateKey, X509Certificate } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createSecureContext, type SecureContext } from "node:tls";
import { KithError } from "../errors.ts";
import type { Log } from "../log.ts";

/** One pair as it is in use: never changed, only replaced. */
export interface Credentials {
  /** PEM, full chain. */
  readonly cert: string;
  /** PEM. */
  readonly key: string;
  readonly context: SecureContext;
  /** RFC 5929 §4.1, of the server's own certificate; undefined where its signature has no single hash. */
  readonly endPoint: Uint8Array | undefined;
  /** When it ends, ms since the epoch. */
  readonly notAfter: number;
}

export interface CertificateOptions {
  /** Paths of PEM files, both or neither. */
  readonly cert: string | null;
  readonly key: string | null;
  /** Where a self-signed pair is kept; null keeps it in memory. */
  readonly dataFolder: string | null;
  readonly domains: readonly string[];
  readonly log: Log;
}

/** The certificate of all listeners. `current` is read for each handshake, so a reload needs no new listener. */
export class Certificate {
  readonly #options: CertificateOptions;
  readonly #listeners: ((credentials: Credentials) => void)[] = [];
  #current: Credentials;

  constructor(options: CertificateOptions, credentials: Credentials) {
    this.#options = options;
    this.#current = credentials;
  }

  get current(): Credentials {
    return this.#current;
  }

  /** For listeners that keep a context of their own (HTTPS): called after each reload. */
  onReload(listener: (credentials: Credentials) => void): void {
    this.#listeners.push(listener);
  }

  /** Reads the files again; connections that exist keep theirs. KithError `tls-invalid`: the old pair stays in use. */
  async reload(): Promise<void> {
    this.#current = await obtain(this.#options);
    for (const listener of this.#listeners) listener(this.#current);
    this.#options.log.info("certificate reloaded", { notAfter: new Date(this.#current.notAfter).toISOString() });
  }
}

/** KithError `tls-invalid`: a file is missing, is no PEM, or the two do not belong together; `storage-failed`: no folder to keep one. */
export async function loadCertificate(options: CertificateOptions): Promise<Certificate> {
  return new Certificate(options, await obtain(options));
}

async function obtain(options: CertificateOptions): Promise<Credentials> {
  const { cert, key } = options;
  if (cert !== null && key !== null) return credentialsOf(await readPem(cert), await readPem(key), cert);
  if (cert !== null || key !== null) {
    throw new KithError("tls-invalid", "Only one of tls.cert and tls.key is given.");
  }
  return options.dataFolder === null
    ? await makeCredentials(options)
    : await keptCredentials(options, options.dataFolder);
}

async function keptCredentials(options: CertificateOptions, folder: string): Promise<Credentials> {
  const certPath = join(folder, "kith.self-signed.cert.pem");
  const keyPath = join(folder, "kith.self-signed.key.pem");
  const kept = await readKept(certPath, keyPath);
  if (kept !== undefined && isGoodFor(kept, options.domains)) return kept;
  const made = await makeCredentials(options);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await writeFile(keyPath, made.key, { mode: 0o600 });
    await writeFile(certPath, made.cert, { mode: 0o600 });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new KithError("storage-failed", `The data folder ${folder} cannot be written: ${reason}`, { cause });
  }
  options.log.info("self-signed certificate made, for development", { path: certPath, domains: options.domains });
  return made;
}

/** Undefined: there is none, or it is broken; a new one is made then. */
async function readKept(certPath: string, keyPath: string): Promise<Credentials | undefined> {
  try {
    return credentialsOf(await readPem(certPath), await readPem(keyPath), certPath);
  } catch (error) {
    if (error instanceof KithError) return undefined;
    throw error;
  }
}

const DAY = 86_400_000;

function isGoodFor(credentials: Credentials, domains: readonly string[]): boolean {
  if (credentials.notAfter < Date.now() + DAY) return false;
  const certificate = new X509Certificate(credentials.cert);
  return domains.every((domain) => certificate.checkHost(domainToAscii(domain)) !== undefined);
}

/** EC P-256: a handshake costs a tenth of RSA's. */
async function makeCredentials(options: CertificateOptions): Promise<Credentials> {
  const names = [...new Set([...options.domains.map(domainToAscii), "localhost"])];
  const { generate } = await import("selfsigned"); // a tenth of a second, for those who have no certificate
  const { cert, private: key } = await generate([{ name: "commonName", value: names[0] ?? "localhost" }], {
    keyType: "ec",
    curve: "P-256",
    algorithm: "sha256",
    notAfterDate: new Date(Date.now() + 825 * DAY),
    extensions: [
      { name: "basicConstraints", cA: false },
      { name: "keyUsage", digitalSignature: true },
      { name: "extKeyUsage", serverAuth: true },
      {
        name: "subjectAltName",
        altNames: [
          ...names.map((value) => ({ type: 2 as const, value })),
          { type: 7 as const, ip: "127.0.0.1" },
          { type: 7 as const, ip: "::1" },
        ],
      },
    ],
  });
  return credentialsOf(cert, key, "the self-signed certificate");
}

function domainToAscii(domain: string): string {
  return new URL(`http://${domain}`).hostname;
}

async function readPem(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    throw new KithError("tls-invalid", `${path} cannot be read.`, { cause });
  }
}

/** Builds the context; `path` names the pair in errors. */
export function credentialsOf(cert: string, key: string, path: string): Credentials {
  try {
    const certificate = new X509Certificate(cert);
    if (!certificate.checkPrivateKey(createPrivateKey(key))) {
      throw new KithError("tls-invalid", `The key does not belong to the certificate in ${path}.`);
    }
    return {
      cert,
      key,
      // RFC 7590 §3.1: TLS 1.2 or higher. The id lets sessions be resumed.
      context: createSecureContext({ cert, key, minVersion: "TLSv1.2", sessionIdContext: "kith" }),
      endPoint: endPointOf(certificate),
      notAfter: certificate.validToDate.getTime(),
    };
  } catch (cause) {
    if (cause instanceof KithError) throw cause;
    throw new KithError("tls-invalid", `The certificate or key of ${path} cannot be used: ${String(cause)}`, { cause });
  }
}

/** RFC 5929 §4.1: the certificate, hashed by the hash of its signature, with SHA-256 in place of MD5 and SHA-1. */
function endPointOf(certificate: X509Certificate): Uint8Array | undefined {
  const algorithm = certificate.signatureAlgorithm?.toLowerCase() ?? "";
  const named = /sha-?(1|224|256|384|512)/.exec(algorithm)?.[1] ?? (algorithm.includes("md5") ? "1" : undefined);
  if (named === undefined) return undefined;
  const hash = named === "1" ? "sha256" : `sha${named}`;
  return new Uint8Array(createHash(hash).update(certificate.raw).digest());
}
