import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { silentLog } from "../../src/log.ts";
import { loadCertificate } from "../../src/net/certificate.ts";
import { DOMAIN } from "../load/client.ts";

/** Paths of PEM files. */
export interface Pair {
  readonly cert: string;
  readonly key: string;
  /** Certificate and key in one. */
  readonly both: string;
}

/** An EC P-256 pair as Kith makes one by itself, for those that do not. */
export async function writeCertificate(folder: string): Promise<Pair> {
  const options = { cert: null, key: null, dataFolder: null, domains: [DOMAIN], log: silentLog };
  const { cert, key } = (await loadCertificate(options)).current;
  const pair = { cert: join(folder, "cert.pem"), key: join(folder, "key.pem"), both: join(folder, "both.pem") };
  writeFileSync(pair.cert, cert);
  writeFileSync(pair.key, key, { mode: 0o600 });
  writeFileSync(pair.both, `${cert}\n${key}`, { mode: 0o600 });
  return pair;
}
