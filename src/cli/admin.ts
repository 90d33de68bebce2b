/** `kith admin`: the address of the page at /admin. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { KithError } from "../errors.ts";
import { ADMIN_TOKEN_FILE } from "../http/token-file.ts";
import { CONFIG_FLAG, parseFlags } from "./arguments.ts";
import { type Command, UsageError } from "./command.ts";
import { findRunning } from "./run-file.ts";
import { readTarget, type Target } from "./settings.ts";

export const admin: Command = {
  name: "admin",
  usage: "admin [--config FILE]",
  summary: "print the address of the page that shows what the server does",
  async run(args, io) {
    const { values, positionals } = parseFlags(args, CONFIG_FLAG);
    if (positionals.length > 0) throw new UsageError(`admin takes flags only, not "${positionals[0]}"`);
    const target = await readTarget(values, io);
    const running = await findRunning(target.dataFolder);
    if (running === undefined) {
      throw new KithError("not-running", `No server runs with the data folder ${target.dataFolder}.`);
    }
    if (running.url === null) throw new KithError("not-running", "The server runs without HTTP.");
    // What stands behind the # is read by the page and never sent.
    io.out(`${running.url}/admin#token=${tokenOf(target)}`);
    return 0;
  },
};

function tokenOf({ adminTokens: [configured], dataFolder }: Target): string {
  if (configured !== undefined) return configured;
  try {
    return readFileSync(join(dataFolder, ADMIN_TOKEN_FILE), "utf8").trim();
  } catch (cause) {
    throw new KithError("not-running", "The server was started with another configuration: name it with --config.", {
      cause,
    });
  }
}
