import { spawnSync } from "node:child_process";
import { openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { DOMAIN, PASSWORD } from "../load/client.ts";
import { pause } from "../load/crowd.ts";
import type { Need } from "../scenarios/scenario.ts";
import { importedKeys } from "./accounts.ts";
import { end, startPinned } from "./child.ts";
import { putDevices, putTokens, REGISTRATION_KEY } from "./logins.ts";
import { post } from "./post.ts";
import { inspectorIn, profileBy } from "./profiler.ts";
import type { Driver, Probe } from "./server.ts";

/** Another checkout may be measured by this bench: bench/compare.ts. */
const ROOT = process.env["KITH_BENCH_TREE"] ?? fileURLToPath(new URL("../..", import.meta.url));
const CLI = join(ROOT, "dist/cli/main.js");
/** Of Node, for trying them out: `--trace-gc`. */
const NODE_FLAGS = (process.env["KITH_BENCH_NODE"] ?? "").split(" ").filter((flag) => flag !== "");
const TOKEN = "bench-token-that-guards-nothing-but-loopback";
const HEADERS = { Authorization: `Bearer ${TOKEN}` };
const START_DEADLINE = 30_000;

/** This checkout, built as it is packed, with default settings, except plaintext on loopback. */
export const kith: Driver = {
  name: "kith",
  probe,
  async start({ folder, people, appPort, needs, core, profile }) {
    const config = writeConfiguration(folder, appPort, needs);
    const users = join(folder, "users.csv");
    const keys = importedKeys(PASSWORD);
    writeFileSync(users, people.flatMap(({ name }) => keys.map((line) => `${name}@${DOMAIN},${line}\n`)).join(""));
    importUsers(users, config);
    const file = join(folder, "kith.sqlite");
    if (needs.has("grants")) await putTokens(file, people);
    if (needs.has("devices")) await putDevices(file, people);
    const profiling = profile ? ["--inspect=127.0.0.1:0"] : [];
    const out = join(folder, "out.log");
    const log = join(folder, "err.log");
    const child = startPinned(core, process.execPath, [...NODE_FLAGS, ...profiling, ...startWords(config)], {
      stdio: ["ignore", openSync(out, "w"), openSync(log, "w")],
    });
    const { c2s, http } = await ready(out, () => child.exitCode !== null);
    return {
      pid: child.pid ?? 0,
      c2s,
      refresh: (changes) =>
        post(
          http,
          "/roster_admin/refresh",
          changes.map(({ person }) => person),
          HEADERS,
        ),
      http: { port: http, headers: HEADERS },
      stored: () => storedIn(file),
      stop: () => end(child),
      ...(profile ? { profile: async (file: string) => profileBy(await inspectorIn(log), file) } : {}),
    };
  },
};

function probe(): Probe {
  build();
  const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { version: string };
  const notes = NODE_FLAGS.length === 0 ? [] : [`with ${NODE_FLAGS.join(" ")}`];
  return { ok: true, version: `Kith ${version} on Node ${process.version}`, lists: "pull", notes };
}

/** The generator is one address that registers many. */
const OAUTH = {
  oauth: { registrationKey: REGISTRATION_KEY },
  limits: { oauth: { registrations: 1_000_000, registrationsPerSecond: 1_000_000 } },
};

let isBuilt = false;

/** Once a process: what users run is JavaScript, without the compiler that reads TypeScript in memory. */
function build(): void {
  if (isBuilt) return;
  const { status, stdout, stderr } = spawnSync("npm", ["run", "-s", "build"], { cwd: ROOT, encoding: "utf8" });
  if (status !== 0) throw new Error(`npm run build failed: ${stdout}${stderr}`);
  isBuilt = true;
}

/** What comes behind `node` to start a server by this configuration. */
export function startWords(config: string): readonly string[] {
  return [CLI, "start", "--config", config];
}

/** In `folder`, where the server keeps its data too; returns the path. */
export function writeConfiguration(folder: string, appPort: number, needs: ReadonlySet<Need>): string {
  const config = join(folder, "kith.config.json");
  writeFileSync(config, JSON.stringify(configuration(appPort, needs), undefined, 2));
  return config;
}

function configuration(appPort: number, needs: ReadonlySet<Need>): unknown {
  return {
    domain: DOMAIN,
    contacts: {
      url: `http://127.0.0.1:${appPort}/contacts/%s`,
      ...(needs.has("batch") ? { batchUrl: `http://127.0.0.1:${appPort}/batch` } : {}),
    },
    listen: { address: "127.0.0.1", c2s: 0, c2sTls: null, http: 0, https: null },
    allowPlaintext: true,
    http: { auth: "token", tokens: [TOKEN], ...(needs.has("growth") ? { maxBody: "64MiB" } : {}) },
    storage: "sqlite:./kith.sqlite",
    ...(needs.has("events") ? { events: { url: `http://127.0.0.1:${appPort}/events`, settle: "1ms" } } : {}),
    ...(needs.has("stream") ? { events: { settle: "1ms" } } : {}),
    ...(needs.has("oauth") || needs.has("grants") ? OAUTH : {}),
  };
}

function storedIn(path: string): number {
  const database = new DatabaseSync(path, { readOnly: true });
  const read = (pragma: string): number => Number(Object.values(database.prepare(`PRAGMA ${pragma}`).get() ?? {})[0]);
  const bytes = (read("page_count") - read("freelist_count")) * read("page_size");
  database.close();
  return bytes;
}

function importUsers(users: string, config: string): void {
  const { status, stderr } = spawnSync(
    process.execPath,
    [CLI, "user", "import", users, "--scram", "--config", config],
    {
      encoding: "utf8",
      stdio: ["ignore", "ignore", "pipe"],
    },
  );
  if (status !== 0) throw new Error(`kith user import failed: ${stderr.slice(0, 2000)}`);
}

/** Reads the ports from the line `kith ready pid=… c2s=… http=…`. */
async function ready(out: string, hasEnded: () => boolean): Promise<{ c2s: number; http: number }> {
  const deadline = performance.now() + START_DEADLINE;
  for (;;) {
    const line = /^kith ready .*\bc2s=(\d+) .*\bhttp=(\d+)/m.exec(readFileSync(out, "utf8"));
    if (line !== null) return { c2s: Number(line[1]), http: Number(line[2]) };
    if (hasEnded() || performance.now() > deadline) throw new Error("kith did not start: see its err.log");
    await pause(50);
  }
}
