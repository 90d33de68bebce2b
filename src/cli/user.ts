/** `kith user …`: the local accounts. */
import { createReadStream, statSync } from "node:fs";
import { resolve } from "node:path";
import { systemClock } from "../clock.ts";
import type { Account } from "../login/accounts.ts";
import { createHasher } from "../login/hasher.ts";
import { importAccounts } from "../login/import.ts";
import { createMemoryAccounts } from "../login/memory-accounts.ts";
import { makeKeys } from "../login/password.ts";
import { type Accounts, openAccounts } from "./accounts.ts";
import { CONFIG_FLAG, parseFlags } from "./arguments.ts";
import { askPassword } from "./ask-password.ts";
import { type Command, type Io, UsageError } from "./command.ts";
import { progressBar } from "./progress.ts";
import { readTarget } from "./settings.ts";
import { type Person, personOf } from "./who.ts";

interface Call {
  readonly accounts: Accounts;
  readonly words: readonly string[];
  readonly scram: boolean;
  readonly domain: string | undefined;
  readonly io: Io;
}

const ACTIONS: Readonly<Record<string, (call: Call) => Promise<number>>> = {
  add,
  import: importFile,
  remove,
  list,
  passwd,
};

export const user: Command = {
  name: "user",
  usage: [
    "user add NAME@DOMAIN        the password is asked for, or read from standard input",
    "user import FILE [--scram]  CSV: jid,password; with --scram jid,mechanism,iterations,salt,stored_key,server_key",
    "                            [--domain DOMAIN] where no configuration says which domains there are",
    "user remove NAME@DOMAIN",
    "user list [--domain DOMAIN]",
    "user passwd NAME@DOMAIN",
  ].join("\n"),
  summary: "add, import, remove and list accounts, set passwords",
  async run(args, io) {
    const { values, positionals } = parseFlags(args, {
      ...CONFIG_FLAG,
      scram: { type: "boolean" },
      domain: { type: "string" },
      storage: { type: "string" },
    });
    const [name = "", ...words] = positionals;
    const action = Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined;
    if (action === undefined) throw new UsageError(`what about users? One of ${Object.keys(ACTIONS).join(", ")}`);
    const { config, storage, domain, scram = false } = values;
    const accounts = await openAccounts(await readTarget({ config, storage }, io), io);
    try {
      return await action({ accounts, words, scram, domain, io });
    } finally {
      accounts.close();
    }
  },
};

function onePerson({ words, accounts }: Call): Person {
  const [name, other] = words;
  if (name === undefined || other !== undefined) throw new UsageError("give one address, like john@example.com");
  return personOf(name, accounts.domains);
}

async function add(call: Call): Promise<number> {
  const { username, domain } = onePerson(call);
  if (await call.accounts.has(domain, username)) {
    call.io.err(`${username}@${domain} exists already. A new password: kith user passwd ${username}@${domain}`);
    return 1;
  }
  return setPassword(call, { username, domain }, "added");
}

async function passwd(call: Call): Promise<number> {
  const { username, domain } = onePerson(call);
  if (await call.accounts.has(domain, username)) return setPassword(call, { username, domain }, "has a new password");
  call.io.err(`${username}@${domain} has no account. Add one: kith user add ${username}@${domain}`);
  return 1;
}

async function setPassword({ accounts, io }: Call, { username, domain }: Person, done: string): Promise<number> {
  const password = await askPassword(io, `${username}@${domain}`);
  const keys = await makeKeys(createHasher(), password);
  if (!keys.ok) throw new UsageError("the password holds characters that no password may hold (RFC 8265 §4.2)");
  const now = systemClock.now();
  const account: Account = { username, sha1: keys.sha1, sha256: keys.sha256, created: now, changed: now };
  await accounts.put(domain, [account]);
  io.out(`${username}@${domain} ${done}`);
  return 0;
}

async function remove(call: Call): Promise<number> {
  const { username, domain } = onePerson(call);
  if (await call.accounts.remove(domain, username)) {
    call.io.out(`${username}@${domain} removed`);
    return 0;
  }
  call.io.err(`${username}@${domain} has no account.`);
  return 1;
}

function domainsOf({ accounts, domain }: Call): readonly string[] {
  if (domain !== undefined) return [personOf(`any@${domain}`, accounts.domains).domain];
  if (accounts.domains !== undefined) return accounts.domains;
  throw new UsageError("there is no configuration here: say which domain with --domain, or give --config");
}

async function list(call: Call): Promise<number> {
  if (call.words.length > 0) throw new UsageError(`list takes flags only, not "${call.words[0]}"`);
  for (const domain of domainsOf(call)) {
    for await (const username of call.accounts.list(domain)) call.io.out(`${username}@${domain}`);
  }
  return 0;
}

async function importFile(call: Call): Promise<number> {
  const { accounts, words, scram, io } = call;
  const [name, other] = words;
  if (name === undefined || other !== undefined) throw new UsageError("give one CSV file");
  const file = resolve(io.folder, name);
  const domains = domainsOf(call);
  const bar = progressBar(io.stderr, sizeOf(file));
  const read = createMemoryAccounts();
  const result = await importAccounts(createReadStream(file), {
    domains,
    accounts: read,
    hasher: createHasher(),
    clock: systemClock,
    scram,
    onProgress: ({ bytes, accounts: count }) => bar.show(bytes, `${count} accounts`),
  });
  bar.end();
  for (const domain of domains) {
    const names = read.list(domain, "", Number.MAX_SAFE_INTEGER);
    const taken = names.map((name) => read.get(domain, name)).filter((account) => account !== undefined);
    if (taken.length > 0) await accounts.put(domain, taken);
  }
  for (const { line, problem } of result.errors) io.err(`line ${line}: ${problem}`);
  io.out(
    `${result.imported} accounts imported${result.errors.length > 0 ? `, ${result.errors.length} lines left out` : ""}`,
  );
  return result.errors.length === 0 ? 0 : 1;
}

function sizeOf(file: string): number {
  try {
    return statSync(file).size;
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}
