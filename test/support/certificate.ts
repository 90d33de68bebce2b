/** One certificate for all servers of the tests, made once for this checkout: making one takes longer than most tests. */
import { X509Certificate } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { silentLog } from "../../src/log.ts";
import { loadCertificate } from "../../src/net/certificate.ts";

const FOLDER = join(import.meta.dirname, "../../node_modules/.cache/kith-tests");
/** Certificate and key in one file, so that it is replaced in one step: test files run at the same time. */
const PATH = join(FOLDER, "localhost.pem");
const DAY = 86_400_000;

let made: Promise<{ readonly cert: string; readonly key: string }> | undefined;

/** For `tls` of a configuration. */
export function testCertificate(): Promise<{ readonly cert: string; readonly key: string }> {
  made ??= make();
  return made;
}

async function make(): Promise<{ readonly cert: string; readonly key: string }> {
  const pair = { cert: PATH, key: PATH };
  const kept = await readFile(PATH, "utf8").catch(() => undefined); // there is none yet
  if (kept !== undefined && new X509Certificate(kept).validToDate.getTime() > Date.now() + DAY) return pair;
  const { current } = await loadCertificate({
    cert: null,
    key: null,
    dataFolder: null,
    domains: ["localhost"],
    log: silentLog,
  });
  await mkdir(FOLDER, { recursive: true });
  const draft = `${PATH}.${process.pid}`;
  await writeFile(draft, `${current.cert}\n${current.key}`, { mode: 0o600 });
  await rename(draft, PATH);
  return pair;
}
