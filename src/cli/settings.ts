/** The configuration of a command: from `--config`, from the working folder, or from flags alone. */
import { dirname, join, resolve } from "node:path";
import type { ParseArgsOptionsConfig } from "node:util";
import type { Config, StorageChoice } from "../config/config.ts";
import { CONFIG_NAMES, findConfig, type RawConfig, readConfig } from "../config/load.ts";
import { mistakeLine } from "../config/mistake.ts";
import { parseConfig, storageChoice } from "../config/parse.ts";
import { DEFAULT_STORAGE } from "../config/schema.ts";
import { KithError } from "../errors.ts";
import type { Io } from "./command.ts";

/** Flags that stand for keys of the configuration. */
export const SETTING_FLAGS = {
  domain: { type: "string" },
  contacts: { type: "string" },
  address: { type: "string" },
  c2s: { type: "string" },
  "c2s-tls": { type: "string" },
  http: { type: "string" },
  https: { type: "string" },
  storage: { type: "string" },
  "allow-plaintext": { type: "boolean" },
} as const satisfies ParseArgsOptionsConfig;

type Flags = Readonly<Partial<Record<keyof typeof SETTING_FLAGS | "config", string | boolean | undefined>>>;

/** What commands need that are not the server: also without a configuration, when the defaults were used to start. */
export interface Target {
  /** Undefined: no configuration says which are served. */
  readonly domains: readonly string[] | undefined;
  readonly storage: StorageChoice;
  readonly dataFolder: string;
  /** Those of the configuration. */
  readonly tokens: readonly string[];
  readonly adminTokens: readonly string[];
}

/** @throws KithError as `readSettings`, but a missing configuration is none */
export async function readTarget(flags: Flags, io: Io): Promise<Target> {
  if (flags.config === undefined && findConfig(io.folder) === undefined) return targetWithout(flags, io);
  const { config, dataFolder } = await readSettings(flags, io);
  const { tokens, adminTokens } = config.http;
  const domains = config.domains.map((domain) => domain.domain);
  return { domains, storage: config.storage, dataFolder, tokens, adminTokens };
}

function targetWithout(flags: Flags, io: Io): Target {
  const storage = storageChoice(typeof flags.storage === "string" ? flags.storage : DEFAULT_STORAGE, io.folder);
  const dataFolder = storage.kind === "sqlite" ? dirname(storage.path) : join(io.folder, "data");
  return { domains: undefined, storage, dataFolder, tokens: [], adminTokens: [] };
}

export interface Settings {
  readonly config: Config;
  /** Where the token, the certificate and `kith.run.json` are, also with `storage: "memory"`. */
  readonly dataFolder: string;
  readonly file: string | undefined;
}

/** @throws KithError `config-unreadable`, `config-invalid` (every mistake in its message) */
export async function readSettings(flags: Flags, io: Io): Promise<Settings> {
  const raw = await rawConfig(flags, io);
  const result = parseConfig(withFlags(raw.value, flags), { folder: raw.folder, environment: io.environment });
  if (!result.ok) {
    const lines = result.mistakes.map((mistake) => `  ${mistakeLine(mistake)}`).join("\n");
    const where = raw.file ?? "the flags";
    throw new KithError("config-invalid", `Configuration (${where}): ${result.mistakes.length} to mend\n${lines}`);
  }
  return { config: result.config, dataFolder: dataFolderOf(result.config, raw.folder), file: raw.file };
}

function dataFolderOf(config: Config, folder: string): string {
  return config.dataFolder ?? join(folder, "data");
}

async function rawConfig(flags: Flags, io: Io): Promise<RawConfig> {
  const file = typeof flags.config === "string" ? resolve(io.folder, flags.config) : findConfig(io.folder);
  if (file !== undefined) return readConfig(file);
  if (flags.domain !== undefined || flags.contacts !== undefined) {
    return { value: {}, folder: io.folder, file: undefined };
  }
  throw new KithError("config-missing", `There is no ${CONFIG_NAMES.join(", ")} in ${io.folder}.`);
}

/** Flags win over the file. What they say is checked as if it stood in the file. */
function withFlags(value: unknown, flags: Flags): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const copy: Record<string, unknown> = { ...value };
  const section = (key: string): Record<string, unknown> => {
    const there = copy[key];
    const made = typeof there === "object" && there !== null ? { ...there } : {};
    copy[key] = made;
    return made;
  };
  if (flags.domain !== undefined) copy["domain"] = flags.domain;
  if (flags.contacts !== undefined) section("contacts")["url"] = flags.contacts;
  if (flags.address !== undefined) section("listen")["address"] = flags.address;
  for (const [flag, key] of [
    ["c2s", "c2s"],
    ["c2s-tls", "c2sTls"],
    ["http", "http"],
    ["https", "https"],
  ] as const) {
    const port = flags[flag];
    if (port !== undefined) section("listen")[key] = portOf(port);
  }
  if (flags.storage !== undefined) copy["storage"] = flags.storage;
  if (flags["allow-plaintext"] !== undefined) copy["allowPlaintext"] = flags["allow-plaintext"];
  return copy;
}

function portOf(text: string | boolean): unknown {
  if (text === "off" || text === "null") return null;
  return typeof text === "string" && /^\d+$/.test(text) ? Number(text) : text;
}
