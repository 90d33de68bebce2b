/** From what a person wrote to a configuration, or every mistake in it at once. */
import { dirname, resolve } from "node:path";
import type { z } from "zod";
import type { ContactsFunction } from "../contacts/source.ts";
import { prepareDomain } from "../xmpp/jid/domain.ts";
import { formatJid, parseJid } from "../xmpp/jid/jid.ts";
import { checkIssuers, checkTogether } from "./check-together.ts";
import type { Config, DomainConfig, StorageChoice } from "./config.ts";
import { type Environment, replaceVariables } from "./env.ts";
import { isHttpUrl, isLoopback } from "./fields.ts";
import { didYouMean, type Mistake } from "./mistake.ts";
import { domainSchema, domainShape, type ServerSettings, serverShape } from "./schema.ts";
import { valueAt } from "./value-at.ts";

export interface ParseOptions {
  /** Paths in the configuration are relative to this folder. */
  readonly folder: string;
  readonly environment: Environment;
}

export type ParseResult =
  | { readonly ok: true; readonly config: Config }
  | { readonly ok: false; readonly mistakes: readonly Mistake[] };

type Raw = Readonly<Record<string, unknown>>;

const TOP_KEYS = [...new Set(["domain", "domains", ...Object.keys(domainShape), ...Object.keys(serverShape)])];

function isRecord(value: unknown): value is Raw {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function entriesOf(value: unknown): readonly (readonly [string, unknown])[] {
  return isRecord(value) ? Object.entries(value) : [];
}

/** Checks and fills a configuration. Never throws for what stands in `input`. */
export function parseConfig(input: unknown, options: ParseOptions): ParseResult {
  const mistakes: Mistake[] = [];
  const raw = replaceVariables(input, options.environment, mistakes);
  if (!isRecord(raw)) {
    return {
      ok: false,
      mistakes: [{ path: [], value: raw, expected: "an object with the keys of docs/configuration.md" }],
    };
  }
  for (const key of Object.keys(raw))
    if (!TOP_KEYS.includes(key)) mistakes.push(unknownKey([], key, raw[key], TOP_KEYS));
  const server = parseServer(raw, mistakes);
  const domains = parseDomains(raw, mistakes);
  checkLoopback(raw, mistakes);
  checkCertificate(raw, mistakes);
  const publicUrl = server?.http.publicUrl ?? null;
  for (const [name, settings] of raw["domains"] === undefined ? [["", raw] as const] : entriesOf(raw["domains"])) {
    mistakes.push(
      ...checkTogether(settings, name === "" ? [] : ["domains", name], valueAt(raw["http"], ["publicUrl"])),
    );
  }
  mistakes.push(...checkIssuers(domains, publicUrl));
  const [first, ...others] = domains;
  if (mistakes.length > 0 || server === undefined || first === undefined) return { ok: false, mistakes };
  const storage = storageChoice(server.storage, options.folder);
  const path = (file: string | null): string | null => (file === null ? null : resolve(options.folder, file));
  return {
    ok: true,
    config: {
      ...server,
      tls: { cert: path(server.tls.cert), key: path(server.tls.key) },
      storage,
      dataFolder: storage.kind === "sqlite" ? dirname(storage.path) : undefined,
      domains: [withPaths(first, options.folder), ...others.map((domain) => withPaths(domain, options.folder))],
    },
  };
}

/** A key set may be a file. */
function withPaths(config: DomainConfig, folder: string): DomainConfig {
  const { accounts } = config;
  const { tokens } = accounts;
  if (tokens === null || tokens.jwks === null || isHttpUrl(tokens.jwks)) return config;
  return { ...config, accounts: { ...accounts, tokens: { ...tokens, jwks: resolve(folder, tokens.jwks) } } };
}

/** `"memory"` or `"sqlite:PATH"`, the path relative to `folder`. */
export function storageChoice(text: string, folder: string): StorageChoice {
  if (text === "memory") return { kind: "memory" };
  return { kind: "sqlite", path: resolve(folder, text.slice("sqlite:".length)) };
}

/** Each section by itself, so that a mistake in one hides none in another. */
function parseServer(raw: Raw, mistakes: Mistake[]): ServerSettings | undefined {
  const settings: Record<string, unknown> = {};
  for (const [key, schema] of Object.entries(serverShape)) {
    const section = parseSection(schema, raw[key], [key], mistakes);
    if (section.ok) settings[key] = section.value;
  }
  // Each member was made by the schema of its own key.
  return Object.keys(settings).length === Object.keys(serverShape).length ? (settings as ServerSettings) : undefined;
}

function parseSection(
  schema: z.ZodType,
  value: unknown,
  path: readonly string[],
  mistakes: Mistake[],
): { readonly ok: true; readonly value: unknown } | { readonly ok: false } {
  const result = schema.safeParse(value);
  if (result.success) return { ok: true, value: result.data };
  for (const issue of result.error.issues) mistakes.push(...mistakesOf(issue, value, path, schema));
  return { ok: false };
}

function mistakesOf(issue: z.core.$ZodIssue, value: unknown, path: readonly string[], schema: z.ZodType): Mistake[] {
  const inner = issue.path.map(String);
  const at = [...path, ...inner];
  const found = valueAt(value, inner);
  if (issue.code === "unrecognized_keys") {
    const known = keysAt(schema, inner);
    return issue.keys.map((key) => unknownKey(at, key, isRecord(found) ? found[key] : undefined, known));
  }
  const expected = issue.code === "invalid_type" && issue.expected === "object" ? "an object" : issue.message;
  return [{ path: at, value: found, expected }];
}

function unknownKey(path: readonly string[], key: string, value: unknown, known: readonly string[]): Mistake {
  const near = didYouMean(key, known);
  const hint = near === undefined ? `one of ${known.join(", ")}` : `another key: did you mean "${near}"?`;
  return { path: [...path, key], value: value ?? null, expected: `${hint} (this key is unknown)` };
}

/** The keys that a section knows, found through the wrappers of defaults. */
function keysAt(schema: z.ZodType, path: readonly string[]): readonly string[] {
  let at: unknown = schema;
  for (const key of [...path, undefined]) {
    while (isWrapper(at)) at = at.def.innerType;
    const shape = valueAt(at, ["shape"]);
    if (!isRecord(shape)) return [];
    if (key === undefined) return Object.keys(shape);
    at = shape[key];
  }
  return [];
}

function isWrapper(value: unknown): value is { readonly def: { readonly innerType: unknown } } {
  return valueAt(value, ["def", "innerType"]) !== undefined;
}

function parseDomains(raw: Raw, mistakes: Mistake[]): readonly DomainConfig[] {
  const domainKeys = Object.keys(domainShape);
  if (raw["domains"] === undefined) {
    const settings: Record<string, unknown> = {};
    for (const key of domainKeys) if (raw[key] !== undefined) settings[key] = raw[key];
    return [parseDomain(raw["domain"], settings, ["domain"], [], mistakes)].filter((domain) => domain !== undefined);
  }
  if (raw["domain"] !== undefined) {
    mistakes.push({ path: ["domain"], value: raw["domain"], expected: 'either "domain" or "domains", not both' });
  }
  for (const key of domainKeys) {
    if (raw[key] !== undefined) {
      mistakes.push({
        path: [key],
        value: raw[key],
        expected: `it inside each of "domains", as each has its own ${key}`,
      });
    }
  }
  const entries = entriesOf(raw["domains"]);
  if (entries.length === 0) {
    const expected = 'an object like {"a.example": {"contacts": {"url": "…"}}}';
    mistakes.push({ path: ["domains"], value: raw["domains"], expected });
  }
  const domains: DomainConfig[] = [];
  const seen = new Set<string>();
  for (const [name, settings] of entries) {
    const path = ["domains", name];
    if (!isRecord(settings)) {
      mistakes.push({ path, value: settings, expected: "an object" });
      continue;
    }
    const prepared = prepareDomain(name);
    if (prepared !== undefined && seen.has(prepared))
      mistakes.push({ path, value: name, expected: "each domain once" });
    if (prepared !== undefined) seen.add(prepared);
    const domain = parseDomain(name, settings, path, path, mistakes);
    if (domain !== undefined) domains.push(domain);
  }
  return domains;
}

function parseDomain(
  name: unknown,
  raw: Raw,
  namePath: readonly string[],
  path: readonly string[],
  mistakes: Mistake[],
): DomainConfig | undefined {
  const domain = typeof name === "string" ? prepareDomain(name) : undefined;
  if (domain === undefined) {
    mistakes.push({ path: namePath, value: name, expected: 'a domain name like "example.com"' });
  }
  const { contacts, ...rest } = raw;
  const inProcess = typeof contacts === "function";
  const result = parseSection(domainSchema, inProcess ? rest : raw, path, mistakes);
  if (!inProcess && isUrlAbsent(contacts)) {
    const expected = 'the URL of your application\'s contacts, like "http://127.0.0.1:3000/contacts/%s"';
    mistakes.push({ path: [...path, "contacts", "url"], value: valueAt(contacts, ["url"]), expected });
  }
  if (domain === undefined) return undefined;
  const named = domainShape.admins.safeParse(raw["admins"]);
  const admins = parseAdmins(named.data ?? [], domain, [...path, "admins"], mistakes);
  if (!result.ok) return undefined;
  const settings = result.value as z.output<typeof domainSchema>;
  return { ...settings, admins, domain, contactsFunction: inProcess ? (contacts as ContactsFunction) : undefined };
}

/** Prepared; a stranger is no administrator. */
function parseAdmins(given: readonly string[], domain: string, path: readonly string[], mistakes: Mistake[]): string[] {
  return given.flatMap((text, index) => {
    const jid = parseJid(text);
    if (jid !== undefined && jid.local !== "" && jid.resource === "" && jid.domain === domain) return [formatJid(jid)];
    const expected = `the bare JID of somebody of this domain, like "john@${domain}"`;
    mistakes.push({ path: [...path, String(index)], value: text, expected });
    return [];
  });
}

function isUrlAbsent(contacts: unknown): boolean {
  if (contacts === undefined) return true;
  return isRecord(contacts) && (contacts["url"] ?? contacts["batchUrl"] ?? null) === null;
}

/** What opens the door to everybody is allowed only where nobody else can reach it. */
function checkLoopback(raw: Raw, mistakes: Mistake[]): void {
  const address = valueAt(raw["listen"], ["address"]) ?? "127.0.0.1";
  if (typeof address !== "string" || isLoopback(address)) return;
  const only = `listen.address ${JSON.stringify(address)} is reachable from other machines, and there it must be`;
  if (raw["allowPlaintext"] === true) {
    mistakes.push({ path: ["allowPlaintext"], value: true, expected: `false: ${only} false` });
  }
  if (valueAt(raw["http"], ["auth"]) === "none") {
    mistakes.push({ path: ["http", "auth"], value: "none", expected: `"token": ${only} "token"` });
  }
}

function checkCertificate(raw: Raw, mistakes: Mistake[]): void {
  const cert = valueAt(raw["tls"], ["cert"]) ?? null;
  const key = valueAt(raw["tls"], ["key"]) ?? null;
  if ((cert === null) === (key === null)) return;
  const expected = "tls.cert and tls.key together, or both null";
  mistakes.push({ path: ["tls", cert === null ? "cert" : "key"], value: null, expected });
}
