/** What people, their programs and the application do, one act at a time. */
import type { Device } from "./device.ts";
import { edges, editAndRefresh, patch, pathOf, put, refreshTruths } from "./edits.ts";
import { anybody, type Story, somebodyNear } from "./story.ts";
import { jidOf } from "./truth.ts";

const SHOWS = ["", "away", "dnd", "xa", undefined];

type Act = (story: Story) => Promise<void>;

const ACTS: readonly (readonly [number, Act])[] = [
  [30, editAndRefresh],
  [5, refreshMany],
  [3, dryRun],
  [10, put],
  [12, patch],
  [16, edges],
  [14, speak],
  [10, reconnect],
  [3, read],
];
const WEIGHT = ACTS.reduce((sum, [weight]) => sum + weight, 0);

export function act(story: Story): Promise<void> {
  let at = story.chance.below(WEIGHT);
  for (const [weight, one] of ACTS) {
    at -= weight;
    if (at < 0) return one(story);
  }
  return Promise.resolve();
}

function refreshMany(story: Story): Promise<void> {
  return refreshTruths(story, [...new Set(Array.from({ length: 20 }, () => anybody(story)))]);
}

async function dryRun(story: Story): Promise<void> {
  await story.kith.refresh([anybody(story).username, anybody(story).username], true);
}

async function speak(story: Story): Promise<void> {
  await withDevice(story, async (device) => {
    if (!device.isConnected) return;
    const show = story.chance.pick(SHOWS);
    device.say(show);
    story.trace.note([device.username], "said", `${device.resource}: ${show ?? "unavailable"}`);
    if (show !== undefined) return;
    await device.sync();
    if (story.chance.is(0.7)) device.say("");
  });
}

async function reconnect(story: Story): Promise<void> {
  await withDevice(story, async (device) => {
    const { chance, trace } = story;
    if (device.isConnected) {
      const isCut = chance.is(0.5);
      trace.note([device.username], isCut ? "cut" : "left", device.resource);
      await device.disconnect(isCut);
      if (chance.is(0.2)) return;
    }
    const forget = chance.is(0.4);
    await device.connect(story.kith.port, forget);
    trace.note([device.username], "came", `${device.resource}${forget ? " without its list" : ""}`);
  });
}

async function withDevice({ devices, busy, chance }: Story, work: (device: Device) => Promise<void>): Promise<void> {
  const device = chance.pick(devices);
  if (busy.has(device)) return;
  busy.add(device);
  try {
    await work(device);
  } finally {
    busy.delete(device);
  }
}

/** Calls that only look; that they answer is what counts while everything moves. */
async function read(story: Story): Promise<void> {
  const one = anybody(story);
  const other = somebodyNear(story, one);
  const paths = [
    pathOf(one).slice(1),
    `roster_admin/explain?user=${one.username}&contact=${jidOf(other.username)}`,
    `roster_admin/presence?user=${one.username}&user=${other.username}`,
    "roster_admin/audit?limit=100",
  ];
  const path = story.chance.pick(paths);
  const { status } = await story.kith.call("GET", `/${path}`);
  if (status !== 200) story.trace.fault([one.username], `GET ${path} was answered ${status}`);
}
