/** `kith check`: configuration, storage, certificate, ports; the application, asked as the server asks it; the running server. */
import { createServer } from "node:net";
import { systemClock } from "../clock.ts";
import type { Config, DomainConfig } from "../config/config.ts";
import { silentLog } from "../log.ts";
import { loadCertificate } from "../net/certificate.ts";
import { openStorage } from "../storage/storage.ts";
import { CONFIG_FLAG, parseFlags } from "./arguments.ts";
import { Findings, messageOf, type Report } from "./check/report.ts";
import { checkRefresh } from "./check/server.ts";
import type { Command, Io } from "./command.ts";
import { findRunning } from "./run-file.ts";
import { readSettings, SETTING_FLAGS, type Settings } from "./settings.ts";
import { personOf } from "./who.ts";

export const check: Command = {
  name: "check",
  usage: "check [NAME] [--config FILE]",
  summary: "try the configuration and the application's endpoint, and say what to mend",
  async run(args, io) {
    const { values, positionals } = parseFlags(args, { ...CONFIG_FLAG, ...SETTING_FLAGS });
    const settings = await readSettings(values, io);
    const report = new Findings((line) => io.out(line));
    report.ok(`configuration: ${settings.file ?? "from flags"}`);
    const firstNames = checkStorage(settings, report);
    await checkCertificate(settings, report);
    await checkPorts(settings, report);
    // Only now, so that the other commands do not wait for the HTTP client to load.
    const { checkApplication } = await import("./check/application.ts");
    const names = new Map<string, string>();
    for (const domain of settings.config.domains) {
      const name = nameFor(domain, positionals[0], settings.config, firstNames, io);
      if (name !== undefined) names.set(domain.domain, name);
      try {
        await checkApplication(domain, name, report);
      } catch (error) {
        report.fail(`contacts of ${domain.domain}: ${messageOf(error)}`);
      }
    }
    await checkRefresh(settings, names, report);
    return report.failures === 0 ? 0 : 1;
  },
};

/** The first account of each domain. */
function checkStorage({ config }: Settings, report: Report): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  if (config.storage.kind === "memory") {
    report.ok("storage: memory, everything is forgotten at the end");
    return names;
  }
  try {
    const storage = openStorage(config.storage, { clock: systemClock, log: silentLog });
    for (const { domain } of config.domains) {
      const [first] = storage.accounts.list(domain, "", 1);
      if (first !== undefined) names.set(domain, first);
    }
    void storage.close();
    report.ok(`storage: ${config.storage.path}`);
  } catch (error) {
    report.fail(`storage: ${messageOf(error)}`);
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
    if (days < 0) report.fail(`certificate: ${kind}, has ended`, "Renew it, and send SIGHUP.");
    else report.ok(`certificate: ${kind}, good for ${days} days`);
  } catch (error) {
    report.fail(`certificate: ${messageOf(error)}`);
  }
}

async function checkPorts({ config, dataFolder }: Settings, report: Report): Promise<void> {
  const running = await findRunning(dataFolder);
  if (running !== undefined) {
    report.ok(`ports: the server runs already (pid ${running.pid})`);
    return;
  }
  const { address, ...ports } = config.listen;
  for (const [key, port] of Object.entries(ports)) {
    if (port === null || port === 0) continue;
    const failed = await listenOnce(address, port);
    if (failed === undefined) report.ok(`listen.${key}: ${address}:${port} is free`);
    else report.fail(`listen.${key}: ${address}:${port} ${failed}`, "Choose another port, or stop who holds it.");
  }
}

/** Undefined: the port could be opened; otherwise why not. */
function listenOnce(address: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error) => resolve(`cannot be opened (${Reflect.get(error, "code")})`));
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
