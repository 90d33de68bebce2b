/** `kith start`: the server in the foreground, until SIGTERM or SIGINT. */
import { join } from "node:path";
import { KithError } from "../errors.ts";
import { TOKEN_FILE } from "../http/token-file.ts";
import type { Server } from "../server.ts";
import { VERSION } from "../version.ts";
import { CONFIG_FLAG, parseFlags } from "./arguments.ts";
import { collectWhenCalm } from "./calm.ts";
import { type Command, type Io, UsageError } from "./command.ts";
import { findRunning, reachable, removeRunFile, writeRunFile } from "./run-file.ts";
import { readSettings, SETTING_FLAGS, type Settings } from "./settings.ts";

/** Contract §5: exit within 10 s; what is not done by then is left. */
const PATIENCE_MS = 8000;

export const start: Command = {
  name: "start",
  usage:
    "start [--config FILE] [--domain NAME --contacts URL] [--address A] [--c2s N] [--c2s-tls N] [--http N] [--https N] [--storage S] [--allow-plaintext]",
  summary: "run the server until SIGTERM or Ctrl-C",
  async run(args, io) {
    const { values, positionals } = parseFlags(args, { ...CONFIG_FLAG, ...SETTING_FLAGS });
    if (positionals.length > 0) throw new UsageError(`start takes flags only, not "${positionals[0]}"`);
    const settings = await readSettings(values, io);
    await refuseSecond(settings.dataFolder);
    // Only now, so that the other commands do not wait for the whole server to load.
    const [{ startServer }, { createLog }] = await Promise.all([import("../server.ts"), import("./logger.ts")]);
    const log = createLog(io.environment["KITH_LOG"]);
    const ended = untilSignal();
    let server: Server | undefined;
    process.on("SIGHUP", () => server?.reloadCertificate());
    const starting = startServer(settings.config, { log, dataFolder: settings.dataFolder });
    server = await Promise.race([starting, ended.then(() => undefined)]);
    if (server === undefined) return 0; // told to end before it was ready
    collectWhenCalm();
    announce(server, settings, io);
    log.info("stopping", { signal: await ended });
    removeRunFile(settings.dataFolder);
    await Promise.race([server.close(), new Promise((resolve) => setTimeout(resolve, PATIENCE_MS).unref())]);
    log.info("stopped");
    return 0;
  },
};

async function refuseSecond(dataFolder: string): Promise<void> {
  const running = await findRunning(dataFolder);
  if (running === undefined) return;
  throw new KithError(
    "already-running",
    `A server (pid ${running.pid}) already runs with the data folder ${dataFolder}.`,
  );
}

/** The run file first: whoever reads the line may look for it. */
function announce(server: Server, { config, dataFolder }: Settings, io: Io): void {
  const ports = Object.entries(server.ports).filter((entry): entry is [string, number] => entry[1] !== undefined);
  const host = reachable(config.listen.address);
  const name = host.includes(":") ? `[${host}]` : host;
  writeRunFile(dataFolder, {
    pid: process.pid,
    version: VERSION,
    startedAt: new Date().toISOString(),
    url: urlOf(server.ports, name),
    address: config.listen.address,
    domains: config.domains.map((domain) => domain.domain),
    ports: Object.fromEntries(ports),
    tokenFile: config.http.tokens.length > 0 ? null : join(dataFolder, TOKEN_FILE),
  });
  io.out(["kith ready", `pid=${process.pid}`, ...ports.map(([key, port]) => `${key}=${port}`)].join(" "));
}

function urlOf({ http, https }: Server["ports"], host: string): string | null {
  if (http !== undefined) return `http://${host}:${http}`;
  return https === undefined ? null : `https://${host}:${https}`;
}

function untilSignal(): Promise<string> {
  return new Promise((resolve) => {
    process.once("SIGTERM", () => resolve("SIGTERM"));
    process.once("SIGINT", () => resolve("SIGINT"));
  });
}
