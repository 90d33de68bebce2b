import assert from "node:assert/strict";
import { createHash, X509Certificate } from "node:crypto";
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { generate } from "selfsigned";
import { KithError } from "../errors.ts";
import { silentLog } from "../log.ts";
import { type CertificateOptions, credentialsOf, loadCertificate } from "./certificate.ts";

let folder = "";
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "kith-certificate-"));
});
after(() => rm(folder, { recursive: true }));

function options(changes: Partial<CertificateOptions> = {}): CertificateOptions {
  return {
    cert: null,
    key: null,
    dataFolder: folder,
    domains: ["a.example", "bücher.example"],
    log: silentLog,
    ...changes,
  };
}

test("a data folder that cannot be written is told in words", async () => {
  const file = join(folder, "no-folder");
  await writeFile(file, "");
  const isStorageFailed = (error: unknown) => error instanceof KithError && error.code === "storage-failed";
  await assert.rejects(loadCertificate(options({ dataFolder: file })), isStorageFailed);
});

test("a data folder that is made here is nobody else's", async () => {
  const made = join(folder, "made");
  await loadCertificate(options({ dataFolder: made }));
  assert.equal((await stat(made)).mode & 0o777, 0o700);
});

function isTlsInvalid(pattern: RegExp) {
  return (error: unknown) => error instanceof KithError && error.code === "tls-invalid" && pattern.test(error.message);
}

test("without a certificate one is made, for the domains and this machine, kept with 0600, and found again", async () => {
  const first = await loadCertificate(options());
  const certificate = new X509Certificate(first.current.cert);
  for (const name of ["a.example", "xn--bcher-kva.example", "localhost"]) assert.ok(certificate.checkHost(name), name);
  for (const ip of ["127.0.0.1", "::1"]) assert.ok(certificate.checkIP(ip), ip);
  assert.equal(certificate.publicKey.asymmetricKeyType, "ec");
  for (const name of ["kith.self-signed.key.pem", "kith.self-signed.cert.pem"]) {
    assert.equal((await stat(join(folder, name))).mode & 0o777, 0o600);
  }
  assert.equal((await loadCertificate(options())).current.cert, first.current.cert);
  const more = await loadCertificate(options({ domains: ["a.example", "new.example"] }));
  assert.notEqual(more.current.cert, first.current.cert);
});

test("a broken pair in the data folder is made anew", async () => {
  await writeFile(join(folder, "kith.self-signed.cert.pem"), "rubbish");
  assert.match((await loadCertificate(options())).current.cert, /BEGIN CERTIFICATE/);
});

test("with storage in memory nothing is written", async () => {
  const { current } = await loadCertificate(options({ dataFolder: null }));
  assert.match(current.key, /PRIVATE KEY/);
});

test("files that are missing, no PEM, or no pair: tls-invalid, in words", async () => {
  const [one, two] = [await generate(), await generate()];
  const path = async (name: string, text: string): Promise<string> => {
    await writeFile(join(folder, name), text);
    return join(folder, name);
  };
  const cert = await path("c.pem", one.cert);
  const key = await path("k.pem", one.private);
  assert.ok((await loadCertificate(options({ cert, key }))).current.notAfter > Date.now());
  const other = await path("other.pem", two.private);
  await assert.rejects(loadCertificate(options({ cert, key: other })), isTlsInvalid(/does not belong/));
  await assert.rejects(loadCertificate(options({ cert, key: join(folder, "none") })), isTlsInvalid(/cannot be read/));
  await assert.rejects(loadCertificate(options({ cert, key: null })), isTlsInvalid(/Only one/));
  const rubbish = await path("rubbish.pem", "rubbish");
  await assert.rejects(loadCertificate(options({ cert: rubbish, key })), isTlsInvalid(/cannot be used/));
});

test("reload swaps the pair and tells; a bad pair leaves the old one in use", async () => {
  const cert = join(folder, "live.cert.pem");
  const key = join(folder, "live.key.pem");
  const write = async (): Promise<string> => {
    const made = await generate([], { keyType: "ec", algorithm: "sha256" });
    await writeFile(cert, made.cert);
    await writeFile(key, made.private);
    return made.cert;
  };
  await write();
  const certificate = await loadCertificate(options({ cert, key }));
  const told: string[] = [];
  certificate.onReload((credentials) => told.push(credentials.cert));
  const next = await write();
  await certificate.reload();
  assert.deepEqual(told, [next]);
  await writeFile(key, "rubbish");
  await assert.rejects(certificate.reload(), isTlsInvalid(/cannot be used/));
  assert.equal(certificate.current.cert, next);
});

for (const [algorithm, hash] of [
  ["sha1", "sha256"],
  ["sha256", "sha256"],
  ["sha384", "sha384"],
] as const) {
  test(`RFC 5929 §4.1: the end point of a certificate signed with ${algorithm} is its ${hash}`, async () => {
    const { cert, private: key } = await generate([], { keyType: "ec", algorithm });
    const expected = createHash(hash).update(new X509Certificate(cert).raw).digest();
    assert.deepEqual(Buffer.from(credentialsOf(cert, key, "test").endPoint ?? []), expected);
  });
}
