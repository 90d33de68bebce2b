/** `kith check`: configuration, storage, certificate, ports, and one real question to the application. */
import { createServer } from "node:net";
import { systemClock } from "../clock.ts";
import type { Config, DomainConfig } from "../config/config.ts";
import type { Answer } from "../contacts/source.ts";
import { contactsUrl } from "../contacts/url.ts";
import { KithError } from "../errors.ts";
import { silentLog } from "../log.ts";
import { loadCertificate } from "../net/certificate.ts";
import { createHttpClient } from "../net/http-client.ts";
import { sourceOf } from "../source-of.ts";
import { openStorage } from "../storage/storage.ts";
import { CONFIG_FLAG, parseFlags } from "./arguments.ts";
import type { Command, Io } from "./command.ts";
import { findRunning } from "./run-file.ts";
import { readSettings, SETTING_FLAGS, type Settings } from "./settings.ts";
import { personOf } from "./who.ts";

/** One finding: what was looked at, and what to mend if it is not well. */
type Report = (isWell: boolean, text: string) => void;

export const check: Command = {
  name: "check",
  usage: "check [NAME] [--config FILE]",
  summary: "try the configuration and the application's endpoint, and say what to mend",
  async run(args, io) {
    const { values, positionals } = parseFlags(args, { ...CONFIG_FLAG, ...SETTING_FLAGS });
    const settings = await readSettings(values, io);
    let failures = 0;
    const report: Report = (isWell, text) => {
      io.out(`${isWell ? "ok  " : "FAIL"} ${text}`);
      if (!isWell) failures++;
    };
    report(true, `configuration: ${settings.file ?? "from flags"}`);
    const firstNames = checkStorage(settings, report);
    await checkCertificate(settings, report);
    await checkPorts(settings, report);
    for (const domain of settings.config.domains) {
      await checkContacts(domain, nameFor(domain, positionals[0], settings.config, firstNames, io), report);
    }
    return failures === 0 ? 0 : 1;
  },
};

/** The first account of each domain. */
function checkStorage({ config }: Settings, report: Report): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  if (config.storage.kind === "memory") {
    report(true, "storage: memory, everything is forgotten at the end");
    return names;
  }
  try {
    const storage = openStorage(config.storage, { clock: systemClock, log: silentLog });
    for (const { domain } of config.domains) {
      const [first] = storage.accounts.list(domain, "", 1);
      if (first !== undefined) names.set(domain, first);
    }
    void storage.close();
    report(true, `storage: ${config.storage.path}`);
  } catch (error) {
    report(false, `storage: ${textOf(error)}`);
  }
  return names;
}

async function checkCertificate({ config, dataFolder }: Settings, report: Report): Promise<void> {
  if (config.listen.c2sTls === null && config.listen.https === null && config.allowPlaintext) return;
  try {
    const domains = config.domains.map((domain) => domain.domain);
    const { current } = await loadCertificate({ ...config.tls, dataFolder, domains, log: silentLog });
    const days = Math.floor((current.notAfter - systemClock.now()) / 86_400_000);
    const kind = config.tls.cert === null ? "self-signed, for development only" : config.tls.cert;
    report(days >= 0, `certificate: ${kind}, ${days < 0 ? "has ended: renew it" : `good for ${days} days`}`);
  } catch (error) {
    report(false, `certificate: ${textOf(error)}`);
  }
}

async function checkPorts({ config, dataFolder }: Settings, report: Report): Promise<void> {
  const running = await findRunning(dataFolder);
  if (running !== undefined) {
    report(true, `ports: the server runs already (pid ${running.pid})`);
    return;
  }
  const { address, ...ports } = config.listen;
  for (const [key, port] of Object.entries(ports)) {
    if (port === null || port === 0) continue;
    const failed = await listenOnce(address, port);
    report(failed === undefined, `listen.${key}: ${address}:${port} ${failed ?? "is free"}`);
  }
}

/** Undefined: the port could be opened; otherwise why not. */
function listenOnce(address: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error) =>
      resolve(`cannot be opened (${Reflect.get(error, "code")}): choose another, or stop who holds it`),
    );
    server.listen(port, address, () => server.close(() => resolve(undefined)));
  });
}

function nameFor(
  { domain }: DomainConfig,
  asked: string | undefined,
  config: Config,
  firstNames: ReadonlyMap<string, string>,
  io: Io,
): string | undefined {
  if (asked === undefined) return firstNames.get(domain);
  const person = personOf(
    config.domains.length > 1 || asked.includes("@") ? asked : `${asked}@${domain}`,
    config.domains.map((one) => one.domain),
  );
  if (person.domain === domain) return person.username;
  io.err(`${domain}: not asked about, ${asked} is of ${person.domain}`);
  return undefined;
}

async function checkContacts(domain: DomainConfig, username: string | undefined, report: Report): Promise<void> {
  const whom = domain.contactsFunction === undefined ? shownUrl(domain) : "the contacts function";
  if (username === undefined) {
    report(true, `contacts of ${domain.domain}: ${whom} not asked, as there is no account yet: kith check NAME`);
    return;
  }
  const client = createHttpClient({ connections: 1, connectTimeout: domain.contacts.timeout });
  try {
    const source = sourceOf(domain, client.fetch, systemClock);
    const began = performance.now();
    const answer = await source.ask(username, undefined, new AbortController().signal);
    const ms = Math.round(performance.now() - began);
    reportAnswer(`contacts of ${username}@${domain.domain}: ${whom}`, answer, ms, report);
  } catch (error) {
    report(false, `contacts of ${domain.domain}: ${textOf(error)}`);
  } finally {
    await client.close();
  }
}

function shownUrl({ contacts }: DomainConfig): string {
  return contactsUrl(contacts.url ?? "")?.shown ?? "contacts.url";
}

const PROBLEMS_SHOWN = 10;

function reportAnswer(what: string, answer: Answer, ms: number, report: Report): void {
  switch (answer.kind) {
    case "list":
      report(true, `${what} answered ${answer.list.size} contacts in ${ms} ms`);
      for (const problem of answer.problems.slice(0, PROBLEMS_SHOWN)) {
        report(
          false,
          `  ${problem.contact ?? "the list"}${problem.member === undefined ? "" : `, ${problem.member}`}: ${problem.text}`,
        );
      }
      if (answer.problems.length > PROBLEMS_SHOWN)
        report(false, `  and ${answer.problems.length - PROBLEMS_SHOWN} more problems`);
      return;
    case "not-found":
      report(true, `${what} answered 404: this user has no list yet`);
      return;
    case "not-modified":
      report(false, `${what} answered 304 although no copy was offered: answer 200 when If-None-Match is absent`);
      return;
    case "unaddressable":
      report(false, `${what}: no URL can name this user`);
      return;
    case "failed":
      report(false, `${what}: ${answer.message}. ${MEND[answer.failure]}`);
  }
}

const MEND: Readonly<Record<Extract<Answer, { kind: "failed" }>["failure"], string>> = {
  refused: "Start the application, or mend contacts.url.",
  timeout: "Answer faster, or raise contacts.timeout.",
  "too-large": "Answer less, or raise contacts.maxBytes.",
  status: "Answer 200 with a JSON object; look into the application's own log.",
  encoding: "Answer without Content-Encoding: Kith asks for identity.",
  redirect: "Answer at contacts.url itself: redirects are not followed.",
  "not-json": "Answer with JSON.",
  "not-an-object": 'Answer with an object like {"marie@example.com": {"name": "Marie"}}.',
  missing: "Answer with a member for each user; null stands for one that there is not.",
  "circuit-open": "Try again in a second.",
  queue: "Try again.",
  unaddressable: "Rename the user.",
  failed: "Look into the application's own log.",
};

function textOf(error: unknown): string {
  return error instanceof KithError || error instanceof Error ? error.message : String(error);
}
