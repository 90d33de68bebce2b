/** `kith import prosody`: a configuration and the accounts of somebody who comes from Prosody. */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { dirname, resolve } from "node:path";
import { systemClock } from "../clock.ts";
import { KithError } from "../errors.ts";
import { silentLog } from "../log.ts";
import { createHasher } from "../login/hasher.ts";
import { MODULES } from "../modules/index.ts";
import { loadCertificate } from "../net/certificate.ts";
import { openAccounts } from "./accounts.ts";
import { parseFlags } from "./arguments.ts";
import { type Command, type Io, UsageError } from "./command.ts";
import { progressBar } from "./progress.ts";
import { hostsIn, otherStores, readOctets } from "./prosody/data-folder.ts";
import { asText } from "./prosody/lua-value.ts";
import { type Mapping, mapSections } from "./prosody/mapping.ts";
import type { Notice } from "./prosody/notice.ts";
import { type Files, readSections, type Sections } from "./prosody/sections.ts";
import { type Taken, takeAccounts } from "./prosody/take-accounts.ts";
import { writeConfig } from "./prosody/write-config.ts";
import { readTarget } from "./settings.ts";

/** Octets of one file of the configuration. */
const MOST_OCTETS = 4 * 1024 * 1024;

export const importCommand: Command = {
  name: "import",
  usage: [
    "import prosody --config prosody.cfg.lua --data DIR [--output kith.config.json]",
    "import prosody … --accounts-only   takes accounts into the configuration that is there",
    "import prosody … --force           replaces a configuration and accounts that are there",
  ].join("\n"),
  summary: "make a configuration and take over accounts from Prosody",
  async run(args, io) {
    const { values, positionals } = parseFlags(args, {
      config: { type: "string" },
      data: { type: "string" },
      output: { type: "string" },
      "accounts-only": { type: "boolean" },
      force: { type: "boolean" },
    });
    if (positionals.length !== 1 || positionals[0] !== "prosody") throw new UsageError("import from what? prosody");
    if (values.config === undefined) throw new UsageError("--config names Prosody's configuration file");
    const { force = false, "accounts-only": accountsOnly = false } = values;
    const source = resolve(io.folder, values.config);
    const output = resolve(io.folder, values.output ?? "kith.config.json");
    const sections = sectionsOf(source, io);
    const mapping = mappingOf(sections, source);
    const data = dataFolderOf(values.data, sections, source, io);
    const notices = [...(accountsOnly ? [] : await putConfig(mapping, { source, output, force }, io))];
    if (!accountsOnly) io.out(`${output}: written, for ${mapping.hosts.map(({ name }) => name).join(", ")}`);
    const taken = await take({ mapping, data, output, force }, io);
    notices.push(...dataNotices(data, mapping));
    report(taken, notices, { source, output }, io);
    return taken.failures.length === 0 ? 0 : 1;
  },
};

const FILES: Files = {
  read: (path) => readOctets(path, MOST_OCTETS),
  list(folder) {
    try {
      return readdirSync(folder).sort();
    } catch {
      return undefined; // the include or the search that asked says so
    }
  },
};

function sectionsOf(source: string, io: Io): Sections {
  const sections = readSections(source, FILES, (name) => io.environment[name]);
  if (sections === undefined) throw new KithError("config-unreadable", `${source} cannot be read.`);
  return sections;
}

function mappingOf(sections: Sections, source: string): Mapping {
  const mapping = mapSections(sections, {
    folder: dirname(source),
    files: FILES,
    hasIpv6: Object.values(networkInterfaces()).some((list) => list?.some(({ family }) => family === "IPv6")),
    modules: new Set(MODULES.map(({ name }) => name)),
  });
  if (mapping.hosts.length > 0) return mapping;
  throw new KithError("config-unreadable", `${source} has no VirtualHost that is enabled: there is nothing to serve.`);
}

function dataFolderOf(flag: string | undefined, sections: Sections, source: string, io: Io): string {
  const configured = asText(sections.global.get("data_path")?.value);
  if (flag === undefined && configured === undefined) {
    throw new UsageError("--data names Prosody's data folder, like /var/lib/prosody");
  }
  const folder = flag === undefined ? resolve(dirname(source), configured ?? "") : resolve(io.folder, flag);
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new KithError("config-unreadable", `${folder} is no folder: give Prosody's data folder with --data.`);
  }
  return folder;
}

interface Place {
  readonly source: string;
  readonly output: string;
  readonly force: boolean;
}

/** Writes the configuration; what is there already stays, unless `force`. */
async function putConfig(mapping: Mapping, { source, output, force }: Place, io: Io): Promise<readonly Notice[]> {
  const problem = await certificateProblem(mapping);
  const { tls, ...withoutTls } = mapping.value;
  const given = problem === undefined ? mapping.value : withoutTls;
  const { text, notices } = writeConfig(given, source, { folder: dirname(output), environment: io.environment });
  if (!force && existsSync(output) && readFileSync(output, "utf8") !== text) {
    throw new KithError("config-exists", `${output} is there already, and stays as it is. Nothing was imported.`);
  }
  mkdirSync(dirname(output), { recursive: true });
  const draft = `${output}.${process.pid}`;
  writeFileSync(draft, text, { mode: 0o600 }); // it may hold keys
  renameSync(draft, output);
  return [...mapping.notices, ...(problem ?? []), ...notices];
}

async function certificateProblem({ pair, hosts }: Mapping): Promise<readonly Notice[] | undefined> {
  if (pair === undefined) return undefined;
  try {
    const domains = hosts.map(({ name }) => name);
    await loadCertificate({ ...pair, dataFolder: null, domains, log: silentLog });
    return undefined;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return [{ where: pair.cert, text: `Left out, Kith makes a certificate of its own for development: ${why}` }];
  }
}

interface From {
  readonly mapping: Mapping;
  readonly data: string;
  readonly output: string;
  readonly force: boolean;
}

async function take({ mapping, data, output, force }: From, io: Io): Promise<Taken> {
  const target = await readTarget({ config: output }, io);
  const served = mapping.hosts.map(({ name }) => name).filter((name) => target.domains?.includes(name));
  const accounts = await openAccounts(target, io);
  let bar: ReturnType<typeof progressBar> | undefined;
  try {
    return await takeAccounts({
      folder: data,
      hosts: served,
      accounts,
      hasher: createHasher(),
      now: systemClock.now(),
      force,
      onProgress(done, total) {
        bar ??= progressBar(io.stderr, total);
        bar.show(done, `${done} of ${total} accounts`);
      },
    });
  } finally {
    bar?.end();
    accounts.close();
  }
}

function dataNotices(data: string, { hosts }: Mapping): readonly Notice[] {
  const served = hosts.map(({ name }) => name);
  const others = hostsIn(data).filter((host) => !served.includes(host));
  const stores = new Set(served.flatMap((host) => otherStores(data, host)));
  const notices: Notice[] = [];
  if (others.length > 0) {
    notices.push({ where: data, text: `Accounts of ${others.join(", ")} are left out: no VirtualHost that is taken.` });
  }
  if (stores.size > 0) {
    const text = `Only accounts are taken; left out: ${[...stores].join(", ")}.`;
    notices.push({ where: data, text });
  }
  return notices;
}

function report(taken: Taken, notices: readonly Notice[], { source, output }: Omit<Place, "force">, io: Io): void {
  io.out(`${accounts(taken.taken)} taken, with the passwords they have`);
  if (taken.oneHash > 0) {
    io.out(
      `${accounts(taken.oneHash)} with keys for one SCRAM hash, as in Prosody: the domain offers that one, and PLAIN`,
    );
  }
  if (taken.kept > 0) io.out(`${accounts(taken.kept)} there already and left as before; --force replaces them`);
  if (taken.disabled.length > 0) io.out(`disabled in Prosody, not taken: ${taken.disabled.join(", ")}`);
  for (const { where, text } of taken.failures) io.err(`${where} not taken: ${text}`);
  if (notices.length > 0) io.out("\nLeft out, or otherwise than in Prosody:");
  const folder = `${dirname(source)}/`;
  for (const { where, text } of notices) {
    io.out(`  ${where.startsWith(folder) ? where.slice(folder.length) : where}: ${text}`);
  }
  io.out(
    [
      "",
      "Next:",
      `  kith check --config ${output}`,
      "  Your application's POST /roster_admin/refresh needs Authorization: Bearer and the token that Kith makes at its",
      '  first start, in the data folder; without it only after "http": { "auth": "none" } on loopback (docs/http.md).',
    ].join("\n"),
  );
}

function accounts(count: number): string {
  return count === 1 ? "1 account" : `${count} accounts`;
}
