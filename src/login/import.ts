/** Accounts by the thousand from a CSV file: good lines are taken, bad ones named, and all are written at once. */
import type { Clock } from "../clock.ts";
import type { ScramHash } from "../xmpp/sasl/scram-keys.ts";
import type { Account, AccountStore, ScramKeys } from "./accounts.ts";
import { type CsvLine, readCsv } from "./csv.ts";
import type { Hasher } from "./hasher.ts";
import {
  type Owner,
  PASSWORD_COLUMNS,
  type Row,
  readKeys,
  readOwner,
  readPassword,
  SCRAM_COLUMNS,
} from "./import-row.ts";
import { makeKeys } from "./password.ts";

export interface ImportOptions {
  /** Prepared names of the domains that are served. */
  readonly domains: readonly string[];
  readonly accounts: AccountStore;
  readonly hasher: Hasher;
  readonly clock: Clock;
  /** Lines are ready-made keys (SCRAM_COLUMNS), one for each hash of an account, and not passwords (PASSWORD_COLUMNS). */
  readonly scram: boolean;
  /** Called after each line: octets of the file that are done, and accounts that are ready. */
  readonly onProgress?: (progress: { readonly bytes: number; readonly accounts: number }) => void;
}

/** The words never hold a secret. */
interface ImportError {
  /** 1 is the first line of the file. */
  readonly line: number;
  readonly problem: string;
}

export interface ImportResult {
  /** Accounts added or replaced. */
  readonly imported: number;
  /** In the order of lines. */
  readonly errors: readonly ImportError[];
}

/** What was read of one account so far. */
interface Draft extends Owner {
  sha1: ScramKeys | undefined;
  sha256: ScramKeys | undefined;
  /** The line that brought each hash. */
  readonly lines: Map<ScramHash, number>;
}

type Take = (line: number, owner: Owner, fields: Readonly<Record<string, string>>) => Promise<string | undefined>;

/**
 * Reads the whole input, then writes the accounts of each domain in one transaction: what is interrupted has written
 * nothing. Rejects when reading the input or writing fails. An account that exists is replaced and keeps its age.
 */
export async function importAccounts(
  input: AsyncIterable<Uint8Array | string>,
  options: ImportOptions,
): Promise<ImportResult> {
  const drafts = new Map<string, Draft>();
  const errors: ImportError[] = [];
  const take = options.scram ? keysTaker(drafts) : passwordTaker(drafts, options.hasher);
  const lines = readCsv(input);
  const rows = new Rows(options.scram ? SCRAM_COLUMNS : PASSWORD_COLUMNS);

  async function work(): Promise<void> {
    for await (const line of shared(lines)) {
      const row = rows.read(line);
      if (row === undefined) continue; // the line that names the columns
      const problem = row.ok ? await takeRow(line.line, row.value) : row.problem;
      if (problem !== undefined) errors.push({ line: line.line, problem });
      options.onProgress?.({ bytes: line.bytes, accounts: drafts.size });
    }
  }

  async function takeRow(line: number, fields: Readonly<Record<string, string>>): Promise<string | undefined> {
    const owner = readOwner(fields["jid"] ?? "", options.domains);
    return owner.ok ? take(line, owner.value, fields) : owner.problem;
  }

  // As many hands as derivations that may run at once: nobody waits in the queue of the hasher.
  await Promise.all(Array.from({ length: options.hasher.atOnce }, work));
  write(drafts, options);
  return { imported: drafts.size, errors: errors.sort((a, b) => a.line - b.line) };
}

/** One generator for several readers: each line goes to one of them, and none ends it for the others. */
async function* shared(lines: AsyncGenerator<CsvLine>): AsyncGenerator<CsvLine> {
  for (;;) {
    const next = await lines.next();
    if (next.done === true) return;
    yield next.value;
  }
}

/** Fields by the names of their columns. */
class Rows {
  #columns: readonly string[];
  #isFirst = true;

  constructor(columns: readonly string[]) {
    this.#columns = columns;
  }

  /** Undefined: the line names the columns. */
  read({ fields, problem }: CsvLine): Row<Readonly<Record<string, string>>> | undefined {
    const isFirst = this.#isFirst;
    this.#isFirst = false;
    if (fields === undefined) return { ok: false, problem };
    if (isFirst && this.#namesColumns(fields)) return undefined;
    if (fields.length !== this.#columns.length) {
      return { ok: false, problem: `expected ${this.#columns.join(",")}, found ${fields.length} fields` };
    }
    return { ok: true, value: Object.fromEntries(this.#columns.map((name, at) => [name, fields[at] ?? ""])) };
  }

  #namesColumns(fields: readonly string[]): boolean {
    const names = fields.map((field) => field.trim().toLowerCase());
    const isHeader = names.length === this.#columns.length && this.#columns.every((name) => names.includes(name));
    if (isHeader) this.#columns = names;
    return isHeader;
  }
}

function passwordTaker(drafts: Map<string, Draft>, hasher: Hasher): Take {
  return async (line, owner, fields) => {
    const password = readPassword(fields["password"] ?? "");
    if (!password.ok) return password.problem;
    const draft = draftOf(drafts, owner);
    const earlier = draft.lines.get("sha256");
    if (earlier !== undefined) return `${owner.username}@${owner.domain} stands on line ${earlier} already`;
    draft.lines.set("sha256", line);
    const keys = await makeKeys(hasher, password.value);
    if (!keys.ok) throw new Error("the hasher is shared with too many others");
    draft.sha1 = keys.sha1;
    draft.sha256 = keys.sha256;
    return undefined;
  };
}

function keysTaker(drafts: Map<string, Draft>): Take {
  return (line, owner, fields) => {
    const row = readKeys(fields);
    if (!row.ok) return Promise.resolve(row.problem);
    const { hash, keys } = row.value;
    const draft = draftOf(drafts, owner);
    const earlier = draft.lines.get(hash);
    if (earlier !== undefined) {
      return Promise.resolve(`these keys of ${owner.username}@${owner.domain} stand on line ${earlier} already`);
    }
    draft.lines.set(hash, line);
    draft[hash] = keys;
    return Promise.resolve(undefined);
  };
}

function draftOf(drafts: Map<string, Draft>, { domain, username }: Owner): Draft {
  const jid = `${username}@${domain}`;
  let draft = drafts.get(jid);
  if (draft === undefined) {
    draft = { domain, username, sha1: undefined, sha256: undefined, lines: new Map() };
    drafts.set(jid, draft);
  }
  return draft;
}

function write(drafts: ReadonlyMap<string, Draft>, { accounts, clock, domains }: ImportOptions): void {
  const now = clock.now();
  const byDomain = new Map<string, Account[]>(domains.map((domain) => [domain, []]));
  for (const { domain, username, sha1, sha256 } of drafts.values()) {
    const created = accounts.get(domain, username)?.created ?? now;
    byDomain.get(domain)?.push({ username, sha1, sha256, created, changed: now });
  }
  for (const [domain, list] of byDomain) if (list.length > 0) accounts.put(domain, list);
}
