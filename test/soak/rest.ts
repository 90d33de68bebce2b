/** All comes to rest: the application is well, everything that was edited is told, and then the laws must hold exactly. */

import { pause } from "./application.ts";
import { checkReaders, wrongWith } from "./checks.ts";
import { refreshTruths } from "./edits.ts";
import { devicesOf, type Story } from "./story.ts";
import { jidOf, type Truth } from "./truth.ts";

const TELL_MS = 40_000;
/** After the last answer: what is in the queues must be with the clients by then, and contacts have ended that end. */
const SETTLE_MS = 12_000;

/** Rest, and the laws; false when one is broken. */
export async function restAndCheck(story: Story): Promise<boolean> {
  await story.application.up();
  story.application.mood = "well";
  await everybodyIn(story);
  await tellAll(story);
  if (!(await settle(story))) return false;
  await waitForEnds(story.truths.all);
  await checkReaders(story);
  await account(story);
  if (story.trace.faults.length > 0 || !(await settle(story))) return false;
  story.trace.forget();
  return true;
}

async function everybodyIn({ devices, kith, chance }: Story): Promise<void> {
  await Promise.all(
    devices.map(async (device) => {
      if (!device.isConnected) await device.connect(kith.port, chance.is(0.5));
      else if (device.show === undefined) device.say("");
    }),
  );
}

/** As an application does it: what failed is told again, and nothing else. */
async function tellAll(story: Story): Promise<void> {
  const end = Date.now() + TELL_MS;
  for (;;) {
    const waiting = story.truths.all.filter((truth) => !truth.isTold);
    if (waiting.length === 0) break;
    if (Date.now() > end)
      throw new Error(`${waiting.length} lists cannot be told to Kith though the application is well`);
    await refreshTruths(story, waiting);
  }
  await refreshTruths(story, await staleOnes(story));
}

/** Who logged in while the application failed is served an older copy; Kith asks again half a minute later by itself. */
async function staleOnes({ truths, kith }: Story): Promise<Truth[]> {
  const stale: Truth[] = [];
  for (const truth of truths.all) {
    const { json } = await kith.call("GET", `/roster_admin/rosters/${truth.username}`);
    if (json.stale === true) stale.push(truth);
  }
  return stale;
}

/** Waits until every client's view is right; what is wrong after that is a fault. */
async function settle(story: Story): Promise<boolean> {
  const end = Date.now() + SETTLE_MS;
  for (;;) {
    await Promise.all(story.devices.map((device) => device.sync()));
    const wrong = story.devices.map((device) => wrongWith(story, device)).filter((one) => one !== undefined);
    if (wrong.length === 0) return true;
    if (Date.now() > end) {
      for (const { who, text } of wrong.slice(0, 3)) story.trace.fault(who, text);
      return false;
    }
    await pause(200);
  }
}

/** Edits of many told in calls at once: the answers, the fetches and the pushes must all tell the same. */
async function account(story: Story): Promise<void> {
  const { truths, chance, application, kith, devices, trace } = story;
  const before = new Map(truths.all.map((truth) => [truth, truth.described()]));
  for (const truth of truths.all) if (chance.is(0.6)) editSome(story, truth);
  const pushes = new Map(devices.map((device) => [device, device.pushes]));
  const fetches = await kith.counter("kith_contacts_fetches_total");
  const sent = await kith.counter("kith_pushes_total");
  const { asked } = application;
  const parts = [0, 1, 2, 3].map((part) => truths.all.filter((_, index) => index % 4 === part));
  const answers = await Promise.all(parts.map((part) => kith.refresh(part.map(({ username }) => username))));
  await Promise.all(devices.map((device) => device.sync()));
  let expected = 0;
  for (const [index, part] of parts.entries()) {
    for (const truth of part) {
      const told = answers[index]?.results[truth.username];
      const differences = differencesOf(before.get(truth) ?? new Map(), truth.described());
      truth.answered(truth.change, true);
      const claimed = [told?.added ?? [], told?.changed ?? [], told?.removed ?? []].map((jids) => [...jids].sort());
      if (told?.status !== "ok" || JSON.stringify(claimed) !== JSON.stringify(differences)) {
        const text = `${truth.username}: told ${JSON.stringify(told)}, the differences are ${JSON.stringify(differences)}`;
        trace.fault([truth.username], text);
      }
      for (const device of devicesOf(story, truth)) {
        const heard = device.pushes - (pushes.get(device) ?? 0);
        const count = differences.flat().length;
        expected += count;
        if (heard !== count) trace.fault([truth.username], `${device.jid} heard ${heard} pushes of ${count}`);
      }
    }
  }
  const counted = (await kith.counter("kith_pushes_total")) - sent;
  if (counted !== expected) trace.fault([], `kith_pushes_total counted ${counted} pushes of ${expected}`);
  const counts = { seen: application.asked - asked, counted: await kith.counter("kith_contacts_fetches_total") };
  if (counts.seen !== truths.all.length || counts.counted - fetches !== truths.all.length) {
    const text = `${truths.all.length} lists refreshed once: ${counts.seen} asked for, ${counts.counted - fetches} counted`;
    trace.fault([], text);
  }
}

/** From here on no contact ends by itself. */
async function waitForEnds(truths: readonly Truth[]): Promise<void> {
  const until = (truth: Truth) => truth.entries().some(([, contact]) => contact.until !== undefined);
  while (truths.some(until)) await pause(100);
  await pause(2000);
}

function editSome({ truths, chance, trace }: Story, truth: Truth): void {
  const changed = truth.entries().filter(() => chance.is(0.2));
  const added = chance.pick(truths.all);
  truth.set([
    ...changed.map(([jid, contact]) => [jid, chance.is(0.5) ? undefined : { ...contact, name: "Eve" }] as const),
    ...(added === truth ? [] : [[jidOf(added.username), { name: added.username }] as const]),
  ]);
  trace.note([truth.username], "edited to be counted", String(truth.change));
}

/** Added, changed and removed, in order. */
function differencesOf(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): string[][] {
  const added = [...after.keys()].filter((jid) => !before.has(jid));
  const changed = [...after].filter(([jid, text]) => before.has(jid) && before.get(jid) !== text).map(([jid]) => jid);
  const removed = [...before.keys()].filter((jid) => !after.has(jid));
  return [added, changed, removed].map((jids) => jids.sort());
}
