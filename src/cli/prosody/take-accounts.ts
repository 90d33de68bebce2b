/** Accounts from Prosody's data folder into those of the new configuration. */
import type { Account } from "../../login/accounts.ts";
import type { Hasher } from "../../login/hasher.ts";
import { readOwner } from "../../login/import-row.ts";
import { makeKeys } from "../../login/password.ts";
import type { Accounts } from "../accounts.ts";
import { readAccountFile } from "./account-file.ts";
import { accountFiles, type DataFile, readData } from "./data-folder.ts";
import type { Notice } from "./notice.ts";

export interface TakeOptions {
  /** Prosody's data folder. */
  readonly folder: string;
  readonly hosts: readonly string[];
  readonly accounts: Accounts;
  readonly hasher: Hasher;
  /** ms since the epoch. */
  readonly now: number;
  /** Accounts that exist are replaced. */
  readonly force: boolean;
  readonly onProgress: (done: number, total: number) => void;
}

export interface Taken {
  readonly taken: number;
  /** They were there before, and stay as they are. */
  readonly kept: number;
  readonly disabled: readonly string[];
  /** Accounts with keys of one hash only: the other SCRAM is not offered while there are such. */
  readonly oneHash: number;
  /** Accounts that could not be taken. */
  readonly failures: readonly Notice[];
}

/** Accounts that are written at once. */
const BATCH = 500;

interface Found {
  readonly host: string;
  readonly file: DataFile;
}

type Read =
  | { readonly kind: "account"; readonly account: Account }
  | { readonly kind: "kept" }
  | { readonly kind: "disabled" }
  | { readonly kind: "problem"; readonly text: string };

/** Batch by batch: what is interrupted can be begun again. @throws KithError when accounts cannot be written */
export async function takeAccounts(options: TakeOptions): Promise<Taken> {
  const { folder, hosts, accounts, onProgress } = options;
  const disabled: string[] = [];
  const failures: Notice[] = [];
  let taken = 0;
  let kept = 0;
  let oneHash = 0;
  let done = 0;
  const found = hosts.map((host) => ({ host, files: accountFiles(folder, host) }));
  const total = found.reduce((sum, { files }) => sum + files.length, 0);
  for (const { host, files } of found) {
    for (let at = 0; at < files.length; at += BATCH) {
      const batch = files.slice(at, at + BATCH);
      const all = await Promise.all(batch.map(async (file) => ({ file, read: await read({ host, file }, options) })));
      const ready: Account[] = [];
      for (const { file, read: one } of all) {
        if (one.kind === "account") ready.push(one.account);
        else if (one.kind === "kept") kept += 1;
        else if (one.kind === "disabled") disabled.push(`${file.username}@${host}`);
        else failures.push({ where: `${file.username}@${host}`, text: `${one.text} (${file.path})` });
      }
      if (ready.length > 0) await accounts.put(host, ready);
      taken += ready.length;
      oneHash += ready.filter(({ sha1, sha256 }) => sha1 === undefined || sha256 === undefined).length;
      done += batch.length;
      onProgress(done, total);
    }
  }
  return { taken, kept, oneHash, disabled, failures };
}

async function read({ host, file }: Found, { accounts, hasher, now, force }: TakeOptions): Promise<Read> {
  const owner = readOwner(`${file.username}@${host}`, [host]);
  if (!owner.ok) return { kind: "problem", text: owner.problem };
  const source = readData(file.path);
  if (source === undefined) return { kind: "problem", text: "the file cannot be read, or is too large" };
  const stored = readAccountFile(source);
  if (stored.kind === "problem" || stored.kind === "disabled") return stored;
  const { username } = owner.value;
  if (!force && (await accounts.has(host, username))) return { kind: "kept" };
  const created = stored.created ?? now;
  if (stored.kind === "keys") {
    const keys = { sha1: undefined, sha256: undefined, [stored.hash]: stored.keys };
    return { kind: "account", account: { username, ...keys, created, changed: now } };
  }
  const keys = await makeKeys(hasher, stored.password);
  if (!keys.ok) return { kind: "problem", text: "no keys could be made of its password" };
  return { kind: "account", account: { username, sha1: keys.sha1, sha256: keys.sha256, created, changed: now } };
}
