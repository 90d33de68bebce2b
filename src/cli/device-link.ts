/** `kith device-link john`: a link and QR code by which a chat program sets itself up. */
import { renderUnicodeCompact } from "uqr";
import { CONFIG_FLAG, parseFlags } from "./arguments.ts";
import { connectRunning, member, reasonOf } from "./call.ts";
import { type Command, UsageError } from "./command.ts";
import { readTarget } from "./settings.ts";
import { personOf } from "./who.ts";

export const deviceLink: Command = {
  name: "device-link",
  usage: 'device-link NAME@DOMAIN --name "Phone" [--expires 10m] [--config FILE]',
  summary: "print a link and QR code by which a chat program sets itself up",
  async run(args, io) {
    const { values, positionals } = parseFlags(args, {
      ...CONFIG_FLAG,
      name: { type: "string" },
      expires: { type: "string" },
    });
    const [address, other] = positionals;
    if (address === undefined || other !== undefined) throw new UsageError("for whom? Give one address");
    const { config, name, expires } = values;
    if (name === undefined) throw new UsageError('name the device: --name "Phone"');
    const running = await connectRunning(await readTarget({ config }, io));
    const { username, domain } = personOf(address, running.domains);
    const path = `/kith/device-links?${new URLSearchParams({ domain })}`;
    const answer = await running.call("POST", path, { user: username, name, expires });
    const uri = member(answer.json, "uri");
    if (typeof uri !== "string") {
      io.err(`${username}@${domain}: ${reasonOf(answer)}`);
      return 1;
    }
    io.out(uri);
    // Beside the output, so that a program gets the link alone.
    io.err(`\n${codeOf(uri, io.stderr.isTTY)}\n\nGood once, until ${member(answer.json, "expires")}.`);
    return 0;
  },
};

/** Black on white, whatever the colours of the terminal: phones read no other. */
function codeOf(uri: string, hasColours: boolean): string {
  const lines = renderUnicodeCompact(uri, { border: 2 }).split("\n");
  return hasColours ? lines.map((line) => `\x1b[30;107m${line}\x1b[0m`).join("\n") : lines.join("\n");
}
