/** XEP-0050: Ad-Hoc Commands of the server: announced to those who may run them, executed step by step. */
import { randomBytes } from "node:crypto";
import { Lru } from "../../lru.ts";
import { isOwn } from "../../sessions/credential.ts";
import type { Iq } from "../../sessions/iq.ts";
import { defineModule, type Module, type ModuleHost } from "../../sessions/module.ts";
import { sessionState } from "../../sessions/state.ts";
import { StanzaError } from "../../xmpp/stanza/error.ts";
import { escapeAttr } from "../../xmpp/xml/write.ts";
import { NS_DATA } from "../data-forms.ts";
import type { Caller, Command } from "./command.ts";
import { Run, type Shown } from "./run.ts";
import { type CommandRequest, commandError, NS_COMMANDS, readCommand, writeCommand } from "./wire.ts";

/** Executions that one session of a client may have open. */
const MOST_OPEN = 10;
/** Ended ones that it is told of as such. */
const MOST_ENDED = 20;
/** ms until an execution that nobody goes on with has ended. */
const IDLE = 10 * 60_000;

/** Of one session of a client, and gone with it. */
interface Runs {
  readonly open: Map<string, Run>;
  readonly ended: Lru<object>;
}

const runsOf = sessionState<Runs | undefined>(undefined);

/** All commands of the server. To add one: a file with a `Command`, and its place in `command-parts.ts`. */
export function commands(all: readonly Command[]): Module {
  return defineModule({
    name: "commands",
    xeps: [
      { number: 50, version: "1.3.0" },
      { number: 4, version: "2.13.2" },
    ],
    setup(host) {
      host.serverFeature(NS_COMMANDS); // XEP-0050 §2.1
      host.serverFeature(NS_DATA);
      host.discoNode(NS_COMMANDS, { info: () => LIST, items: (iq) => listFor(all, iq) });
      for (const command of all) host.discoNode(command.node, { info: (iq) => infoFor(command, iq), items: () => "" });
      host.iq("set", NS_COMMANDS, "command", (iq) => execute(host, all, iq), ["server"]);
    },
  });
}

const FEATURES = `<feature var='${NS_COMMANDS}'/><feature var='${NS_DATA}'/>`;
const LIST = `<identity category='automation' type='command-list' name='Commands'/>${FEATURES}`;

function callerOf({ session, to }: Iq): Caller {
  return { jid: session.user.jid, domain: to, isOwn: isOwn(session.connection) };
}

/** XEP-0050 §2.2: not the same for everybody. */
function listFor(all: readonly Command[], iq: Iq): string {
  return all
    .filter((command) => command.mayRun(callerOf(iq)))
    .map(({ node, name }) => `<item jid='${escapeAttr(iq.to)}' node='${escapeAttr(node)}' name='${escapeAttr(name)}'/>`)
    .join("");
}

const FORBIDDEN = new StanzaError("forbidden", "Only administrators of this server run commands.", "cancel");

/** XEP-0050 §2.2 */
function infoFor(command: Command, iq: Iq): string {
  if (!command.mayRun(callerOf(iq))) throw FORBIDDEN;
  return `<identity category='automation' type='command-node' name='${escapeAttr(command.name)}'/>${FEATURES}`;
}

async function execute(host: ModuleHost, all: readonly Command[], iq: Iq): Promise<string> {
  const caller = callerOf(iq);
  const open = all.filter((command) => command.mayRun(caller));
  if (open.length === 0) throw FORBIDDEN;
  const request = readCommand(iq.payload());
  const command = open.find(({ node }) => node === request.node);
  if (command === undefined) throw new StanzaError("item-not-found");
  let runs = runsOf.get(iq.session);
  if (runs === undefined) {
    runs = { open: new Map(), ended: new Lru(MOST_ENDED) };
    runsOf.set(iq.session, runs);
  }
  endIdle(runs, host.now());
  if (request.sessionId === undefined) return begin(host, runs, command, caller, request);
  return goOn(host, runs, request.sessionId, request);
}

async function begin(
  host: ModuleHost,
  runs: Runs,
  command: Command,
  caller: Caller,
  { action }: CommandRequest,
): Promise<string> {
  if (action !== "execute") throw commandError("bad-action", "A command begins with execute.");
  if (runs.open.size >= MOST_OPEN) {
    throw new StanzaError("resource-constraint", "Too many commands are being executed: cancel some.");
  }
  const id = randomBytes(16).toString("base64url");
  const run = new Run(command.node, host.now());
  runs.open.set(id, run);
  return told(runs, id, run, async () => run.begin(await command.start(caller)));
}

async function goOn(host: ModuleHost, runs: Runs, id: string, { node, action, form }: CommandRequest): Promise<string> {
  const run = runs.open.get(id);
  if (run === undefined && runs.ended.get(id) !== undefined) {
    throw commandError("session-expired", "This execution is over: begin again."); // XEP-0050 §4.4
  }
  if (run?.node !== node) throw commandError("bad-sessionid", "There is no such execution of this command.");
  run.usedAt = host.now();
  return told(runs, id, run, () => run.act(action, form));
}

/** The answer to one step; whatever is over, or broke, is ended. */
async function told(runs: Runs, id: string, run: Run, step: () => Promise<Shown>): Promise<string> {
  let isOpen = false;
  try {
    const shown = await step();
    isOpen = shown.status === "executing";
    return writeCommand(run.node, id, shown);
  } catch (error) {
    isOpen = error instanceof StanzaError;
    throw error;
  } finally {
    if (!isOpen) end(runs, id);
  }
}

function endIdle(runs: Runs, now: number): void {
  for (const [id, run] of runs.open) if (now - run.usedAt > IDLE) end(runs, id);
}

function end(runs: Runs, id: string): void {
  if (runs.open.delete(id)) runs.ended.set(id, {});
}
