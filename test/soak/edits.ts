/** Edits of contacts as an application makes them: the truth takes each, and Kith is told in one of four ways. */
import { pause } from "./application.ts";
import type { Answer } from "./kith.ts";
import { anybody, type Story, somebodyNear } from "./story.ts";
import { type Contact, jidOf, type Truth } from "./truth.ts";

const NAMES = ["Al", "Bo", "Cy", "Di", undefined];
const GROUPS = [[], ["Friends"], ["Friends", "Work"]];
const SUBSCRIPTIONS = ["both", "both", "both", "to", "from", "none"] as const;

/** Tells Kith of all that it has not yet been told; what fails is told again later. */
export async function refreshTruths({ kith, trace }: Story, truths: readonly Truth[]): Promise<void> {
  const asked = truths.map((truth) => ({ truth, change: truth.change }));
  const { results } = await kith.refresh(asked.map(({ truth }) => truth.username));
  for (const { truth, change } of asked) {
    const told = results[truth.username];
    trace.note([truth.username], "refreshed", `to ${change}: ${told?.status} ${told?.source}`);
    if (told?.status === "ok") truth.answered(change, told.source === "app" && !told.stale);
  }
}

/** Both lists change at the application, which then tells Kith. */
export async function editAndRefresh(story: Story): Promise<void> {
  const { truths } = story;
  const one = anybody(story);
  const other = somebodyNear(story, one);
  await truths.alone([one, other], async () => {
    edit(story, one, other);
    if (story.chance.is(0.7)) edit(story, other, one);
  });
  await refreshTruths(story, [one, other]);
}

function edit({ chance, trace }: Story, truth: Truth, other: Truth): void {
  const jid = jidOf(other.username);
  const isGone = truth.get(jid) !== undefined && chance.is(0.3);
  const contact = isGone ? undefined : randomContact({ chance });
  truth.set([[jid, contact]]);
  trace.note([truth.username, other.username], "edited", `${truth.change}: ${JSON.stringify(contact)}`);
}

function randomContact({ chance }: Pick<Story, "chance">): Contact {
  const name = chance.pick(NAMES);
  return {
    ...(name === undefined ? {} : { name }),
    groups: chance.pick(GROUPS),
    subscription: chance.pick(SUBSCRIPTIONS),
    ...(chance.is(0.05) ? { until: new Date(Date.now() + chance.below(5000)).toISOString() } : {}),
  };
}

export async function put(story: Story): Promise<void> {
  const truth = anybody(story);
  await story.truths.alone([truth], async () => {
    const gone = truth.entries().filter(() => story.chance.is(0.2));
    truth.set([...gone.map(([jid]) => [jid, undefined] as const), newContact(story, truth)]);
    const answer = await change(story, truth, "PUT", truth.toJson());
    if (answer.status === 200) truth.answered(truth.change, true);
    else notDone(story, truth, "PUT", answer);
    await lookAgain(story, truth);
  });
}

export async function patch(story: Story): Promise<void> {
  const truth = anybody(story);
  await story.truths.alone([truth], async () => {
    const isExact = truth.isTold;
    const wasInForce = truth.inForce === truth.change;
    const gone = truth.entries().filter(() => story.chance.is(0.1));
    const changes = [...gone.map(([jid]) => [jid, undefined] as const), newContact(story, truth)];
    truth.set(changes);
    const whole = { name: null, groups: null, subscription: null, until: null };
    const body = changes.map(([jid, contact]) => [jid, contact === undefined ? null : { ...whole, ...contact }]);
    const etag = story.chance.is(0.3) ? (await story.kith.call("GET", pathOf(truth))).etag : null;
    const headers = etag === null ? {} : { "if-match": etag };
    const answer = await change(story, truth, "PATCH", Object.fromEntries(body), headers);
    if (answer.status !== 200) notDone(story, truth, "PATCH", answer, etag !== null);
    else if (isExact) truth.answered(truth.change, wasInForce);
    await lookAgain(story, truth);
  });
}

/**
 * Sometimes, a while after an edit is in force and before the next one: a fetch that was under way has not undone it
 * (contract §1, newest wins). Contacts that end by themselves are left out.
 */
async function lookAgain({ kith, chance, trace }: Story, truth: Truth): Promise<void> {
  if (truth.inForce !== truth.change || chance.is(0.8)) return;
  await pause(chance.below(1200));
  const { json } = await kith.call("GET", pathOf(truth));
  const held = Object.entries<Contact>(json.contacts).filter(([, { until }]) => until === undefined);
  const wanted = truth.entries().filter(([, { until }]) => until === undefined);
  const [is, should] = [held, wanted].map((entries) => JSON.stringify(entries.map(([jid]) => jid).sort()));
  if (is !== should) trace.fault([truth.username], `${truth.username} has ${is} though ${should} was set`);
}

function newContact(story: Story, truth: Truth): readonly [string, Contact] {
  return [jidOf(somebodyNear(story, truth).username), randomContact(story)];
}

/** Sometimes twice at once with one key, as an application does that had no answer. */
async function change(
  { kith, chance, trace }: Story,
  truth: Truth,
  method: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const once = (key: Record<string, string>) => kith.call(method, pathOf(truth), body, { ...headers, ...key });
  const key = { "idempotency-key": `${truth.username}-${truth.change}` };
  const [answer, again] = await Promise.all(chance.is(0.1) ? [once(key), once(key)] : [once({})]);
  trace.note([truth.username], method, `${truth.change}: ${JSON.stringify(body)} → ${answer?.status} ${again?.status}`);
  if (answer?.status === 409 && again !== undefined) return again;
  if (again !== undefined && again.status !== 409 && again.status !== answer?.status) {
    trace.fault([truth.username], `${method} twice with one key: ${answer?.status} and ${again.status}`);
  }
  return answer ?? { status: 0, etag: null, json: null };
}

export function pathOf({ username }: Truth): string {
  return `/roster_admin/rosters/${username}`;
}

/** It was not done: the truth has it, and a refresh will tell. */
function notDone({ trace }: Story, truth: Truth, method: string, { status, json }: Answer, isGuarded = false): void {
  if (isGuarded && status === 412) return;
  trace.fault([truth.username], `${method} was answered ${status} ${JSON.stringify(json).slice(0, 200)}`);
}

export async function edges(story: Story): Promise<void> {
  const { truths, chance, kith, trace } = story;
  const one = anybody(story);
  const others = [...new Set(Array.from({ length: 1 + chance.below(3) }, () => somebodyNear(story, one)))];
  const isConnect = chance.is(0.6);
  await truths.alone([one, ...others], async () => {
    const everybody = [one, ...others].map((truth) => ({
      truth,
      isExact: truth.isTold,
      wasInForce: truth.inForce === truth.change,
    }));
    const pair = (truth: Truth, with_: readonly Truth[]): void =>
      truth.set(with_.map((other) => [jidOf(other.username), isConnect ? connected(truth, other) : undefined]));
    pair(one, others);
    for (const other of others) pair(other, [one]);
    const pairs = others.map((other) => (chance.is(0.5) ? [one, other] : [other, one]).map((truth) => truth.username));
    const answer = await kith.call("POST", "/roster_admin/edges", { [isConnect ? "connect" : "disconnect"]: pairs });
    const names = everybody.map(({ truth }) => truth.username);
    trace.note(names, isConnect ? "connected" : "disconnected", `${names.length - 1} → ${answer.status}`);
    const { connected: made, disconnected: ended } = answer.json;
    if (answer.status !== 200 || made !== (isConnect ? pairs.length : 0) || made + ended !== pairs.length) {
      trace.fault(names, `${pairs.length} edges were answered ${answer.status} ${JSON.stringify(answer.json)}`);
      return;
    }
    for (const { truth, isExact, wasInForce } of everybody) if (isExact) truth.answered(truth.change, wasInForce);
  });
}

/** Contract §4: name = localpart if new; name and groups of somebody who was there stay. */
function connected(truth: Truth, other: Truth): Contact {
  const known = truth.get(jidOf(other.username));
  if (known === undefined) return { name: other.username, subscription: "both" };
  const { until: _ended, ...rest } = known;
  return { ...rest, subscription: "both" };
}
