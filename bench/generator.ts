/**
 * The load generator: a process of its own that starts one server, plays the rows against it and prints what it saw,
 * a JSON message a line. Started by main.ts with an Order as its only argument.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App } from "./load/app.ts";
import { losses } from "./load/client.ts";
import { Meter } from "./load/meter.ts";
import type { Person } from "./load/people.ts";
import { pbkdf2Cost, SPEED } from "./machine.ts";
import { drivers, scenarios } from "./rows.ts";
import type { Figure, Need, Scenario, Size } from "./scenarios/scenario.ts";
import type { Driver, Probe, Server } from "./servers/server.ts";

/** What main.ts asks of one generator. */
export interface Order {
  readonly server: string;
  readonly rows: readonly string[];
  readonly size: Size;
  /** Core for the server, or undefined where pinning is not possible. */
  readonly core: number | undefined;
  readonly profile: string | undefined;
  /** Keep the server's folder (configuration, logs) and say where it is. */
  readonly keep: boolean;
}

/** What it answers: how far it is, a row, or a row that could not be measured. */
export type Message =
  | { readonly kind: "progress"; readonly text: string }
  | { readonly kind: "row"; readonly row: string; readonly figures: readonly Figure[]; readonly lost: number }
  | { readonly kind: "missing"; readonly row: string; readonly reason: string };

/** A server that is up, and what has to be put away when it is down. */
interface Stage {
  readonly server: Server;
  readonly app: App;
  readonly meter: Meter;
  readonly end: () => Promise<void>;
}

/** Why others cannot be measured. */
const ONLY_KITH: ReadonlyMap<Need, string> = new Map([
  ["batch", "it asks for one list at a time"],
  ["edges", "it has no call for pairs"],
  ["events", "it does not tell the application"],
  ["stream", "it does not tell the application"],
  ["oauth", "clients do not register themselves there"],
  ["grants", "the tokens are put into Kith's own file"],
  ["devices", "the devices are put into Kith's own file"],
  ["growth", "measured for Kith only"],
  ["itself", "measured for Kith only"],
]);
/** What a server without contacts has too. */
const PLAIN: ReadonlySet<Need> = new Set(["nothing", "tls"]);

const order = JSON.parse(process.argv[2] ?? "{}") as Order;
const driver = drivers.find(({ name }) => name === order.server);
if (driver === undefined) throw new Error(`no driver for ${order.server}`);
await play(
  driver,
  scenarios.filter(({ row }) => order.rows.includes(row)),
);
process.exit(0);

async function play(driver: Driver, rows: readonly Scenario[]): Promise<void> {
  const probe = driver.probe();
  const lists = probe.ok ? probe.lists : "none";
  const possible = rows.filter((scenario) => {
    const reason = lacking(scenario, lists);
    if (reason !== undefined) say({ kind: "missing", row: scenario.row, reason });
    return reason === undefined;
  });
  for (const group of groupsOf(possible)) {
    let stage: Stage | undefined;
    for (const scenario of group) {
      say({ kind: "progress", text: `${driver.name}: ${scenario.row}` });
      try {
        stage ??= await raise(driver, group);
        const before = losses.count;
        const { figures, finish } = await measured(scenario, stage, lists === "pull");
        await finish();
        say({ kind: "row", row: scenario.row, figures, lost: losses.count - before });
      } catch (cause) {
        say({ kind: "missing", row: scenario.row, reason: cause instanceof Error ? cause.message : String(cause) });
        await stage?.end();
        stage = undefined;
      }
    }
    await stage?.end();
  }
}

function lacking({ needs }: Scenario, lists: (Probe & { ok: true })["lists"]): string | undefined {
  if (ONLY_KITH.has(needs) && driver?.name !== "kith") return ONLY_KITH.get(needs);
  if (!PLAIN.has(needs) && lists === "none") return "it has neither contacts nor accounts";
  if (needs === "changes" && lists === "unchanging") return "it cannot be told about changed contacts";
  return undefined;
}

/** Plays one row, and takes its profile where one is asked for; `finish` writes it. */
async function measured(
  scenario: Scenario,
  stage: Stage,
  pulls: boolean,
): Promise<{ figures: Figure[]; finish: () => Promise<void> }> {
  let finish = (): Promise<void> => Promise.resolve();
  const begin = async (): Promise<void> => {
    if (order.profile === undefined) return;
    const stop = await stage.server.profile?.(join(order.profile, `${scenario.row}.cpuprofile`));
    if (stop !== undefined) finish = stop;
  };
  const before = pbkdf2Cost();
  const figures = await scenario.run({ ...stage, size: order.size, begin, pulls });
  const speed: Figure = { figure: SPEED, unit: "ms", samples: [before, pbkdf2Cost()] };
  return { figures: [...figures, speed], finish };
}

/** Rows that share one server process; those that measure memory, or are profiled, have one each. */
function groupsOf(rows: readonly Scenario[]): Scenario[][] {
  const shared = rows.filter(({ fresh }) => !fresh && order.profile === undefined);
  const alone = rows.filter((scenario) => !shared.includes(scenario)).map((scenario) => [scenario]);
  return shared.length > 0 ? [shared, ...alone] : alone;
}

async function raise(driver: Driver, rows: readonly Scenario[]): Promise<Stage> {
  const people = new Map<string, Person>();
  for (const scenario of rows) for (const person of scenario.people(order.size)) people.set(person.name, person);
  const app = await App.start();
  for (const { name, contacts } of people.values()) app.set(name, contacts);
  const folder = mkdtempSync(join(tmpdir(), `kith-bench-${driver.name}-`));
  const clean = (): void => {
    app.stop();
    if (order.keep) say({ kind: "progress", text: `${driver.name}: kept ${folder}` });
    else rmSync(folder, { recursive: true, force: true });
  };
  try {
    const options = {
      folder,
      people: [...people.values()],
      appPort: app.port,
      needs: new Set(rows.map(({ needs }) => needs)),
      core: order.core,
      profile: order.profile !== undefined,
    };
    const server = await driver.start(options);
    const end = async (): Promise<void> => {
      await server.stop();
      clean();
    };
    const meter = new Meter(server.pid);
    await meter.settle();
    return { server, app, meter, end };
  } catch (cause) {
    clean();
    throw cause;
  }
}

function say(message: Message): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}
