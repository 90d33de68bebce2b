/**
 * `npm run soak`: random edits by many people on three clients each, with refreshes, edges, patches and every failure of
 * the application mixed, all at once. Every half minute all comes to rest and must be right exactly; test/soak/checks.ts.
 */
import { parseArgs } from "node:util";
import { losses } from "../../bench/load/client.ts";
import { inParallel } from "../../bench/load/crowd.ts";
import { chance } from "../support/random.ts";
import { act } from "./acts.ts";
import { Application, MOODS, pause } from "./application.ts";
import { checkHeard } from "./checks.ts";
import { Device } from "./device.ts";
import { editAndRefresh } from "./edits.ts";
import { Kith } from "./kith.ts";
import { restAndCheck } from "./rest.ts";
import { type Story, Trace } from "./story.ts";
import { Truths } from "./truth.ts";

const RESOURCES = ["phone", "laptop", "tablet"];
/** Acts at once, and ms from one to the next of each. */
const HANDS = 32;
const BREATH = 20;
/** Between two rests. */
const CHAPTER_MS = 20_000;
const FLAP_MS = 20_000;

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "10" },
    seconds: { type: "string" },
    seed: { type: "string" },
    users: { type: "string", default: "200" },
  },
});
const seconds = values.seconds === undefined ? Number(values.minutes) * 60 : Number(values.seconds);
const seed = Number(values.seed ?? Date.now() % 1_000_000);
if (!(seconds > 0 && Number(values.users) > 1 && Number.isInteger(seed))) {
  throw new Error("node test/soak/main.ts [--minutes 10 | --seconds 60] [--seed number] [--users 200]");
}
process.exit(await soak());

async function soak(): Promise<number> {
  const end = Date.now() + seconds * 1000;
  const isBatch = seed % 2 === 1;
  print(
    `soak: seed ${seed}, ${values.users} users on 3 clients each, ${seconds} s, ${isBatch ? "batch" : "single"} fetches`,
  );
  const story = await begin(isBatch);
  const { trace, application } = story;
  await play(story, end).catch((error: unknown) =>
    trace.fault([], error instanceof Error ? `${error.stack}` : "broken"),
  );
  if (losses.count > 0) trace.fault([], `the server cut ${losses.count} connections`);
  for (const fault of trace.faults) print(fault);
  await Promise.all(story.devices.map((device) => device.disconnect(true)));
  await story.kith.server.close();
  await application.down();
  const { asked, calls } = application;
  print(`soak: ${calls} calls of the application, ${asked} lists, ${trace.faults.length} faults, seed ${seed}`);
  return trace.faults.length === 0 ? 0 : 1;
}

/** Until the end, or until something is wrong. */
async function play(story: Story, end: number): Promise<void> {
  const { trace } = story;
  let isRight = await restAndCheck(story);
  for (let chapter = 1; isRight && Date.now() < end; chapter++) {
    const isFlapping = seconds >= 300 && chapter % 4 === 3;
    await chaos(story, isFlapping ? 3 * FLAP_MS : Math.min(CHAPTER_MS, end - Date.now()), isFlapping);
    isRight = await restAndCheck(story);
    const acts = [...trace.counts].map(([kind, count]) => `${kind} ${count}`).join(", ");
    print(`chapter ${chapter}${isFlapping ? ", flapping" : ""}: ${isRight ? "all is right" : "WRONG"}; so far ${acts}`);
  }
}

async function begin(isBatch: boolean): Promise<Story> {
  const random = chance(seed);
  const names = Array.from({ length: Number(values.users) }, (_, index) => `u${index}`);
  const truths = new Truths(names);
  const application = new Application(truths, random);
  await application.up();
  const trace = new Trace();
  const kith = await Kith.start(application.url, isBatch, (what) => trace.fault([], what));
  const devices: Device[] = names.flatMap((name) =>
    RESOURCES.map(
      (resource) =>
        new Device(name, resource, (device, from, isAvailable) => checkHeard(story, device, from, isAvailable)),
    ),
  );
  const story: Story = { chance: random, truths, application, kith, devices, busy: new Set(), trace };
  await inParallel(names, 16, async (name) => void (await kith.addUser(name)));
  await inParallel(devices, 16, (device) => device.connect(kith.port, true));
  for (let count = 0; count < 4; count++) await inParallel(names, 16, () => editAndRefresh(story));
  return story;
}

/** All at once, until `ms` are over. */
async function chaos(story: Story, ms: number, isFlapping: boolean): Promise<void> {
  const end = Date.now() + ms;
  const moods = isFlapping ? flap(story, end) : changeMoods(story, end);
  const hand = async (): Promise<void> => {
    while (Date.now() < end) {
      await act(story);
      await pause(story.chance.below(2 * BREATH));
    }
  };
  await Promise.all([moods, ...Array.from({ length: HANDS }, hand)]);
}

async function changeMoods({ application, chance: random, trace }: Story, end: number): Promise<void> {
  while (Date.now() < end) {
    const mood = random.is(0.4) ? "well" : random.is(0.15) ? "down" : random.pick(MOODS);
    trace.note([], "application", mood);
    if (mood === "down") await application.down();
    else {
      await application.up();
      application.mood = mood;
    }
    await pause(Math.min(500 + random.below(2000), Math.max(0, end - Date.now())));
  }
}

/** Up and down in turns. */
async function flap({ application, trace }: Story, end: number): Promise<void> {
  application.mood = "well";
  for (let isUp = true; Date.now() < end; isUp = !isUp) {
    trace.note([], "application", isUp ? "up" : "down");
    await (isUp ? application.up() : application.down());
    await pause(Math.min(FLAP_MS, Math.max(0, end - Date.now())));
  }
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
