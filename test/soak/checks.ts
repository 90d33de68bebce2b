/** The laws: while everything moves, and when all rests. */
import type { Device } from "./device.ts";
import { devicesOf, type Story } from "./story.ts";
import { jidOf, type Truth, usernameOf } from "./truth.ts";

/** While everything moves: nobody hears of somebody whom one of the two lists surely forbids. */
export function checkHeard(story: Story, device: Device, from: string, isAvailable: boolean): void {
  if (!isAvailable) return;
  const watcher = story.truths.of(device.username);
  const other = story.truths.of(usernameOf(from));
  if (watcher === undefined || other === undefined) {
    story.trace.fault([device.username], `${device.jid} heard of ${from}, who is nobody`);
    return;
  }
  const now = Date.now();
  const byWatcher = watcher.surelyForbids(jidOf(other.username), "to", now);
  if (!byWatcher && !other.surelyForbids(jidOf(watcher.username), "from", now)) return;
  const whose = byWatcher ? watcher.username : other.username;
  story.trace.fault([watcher.username, other.username], `${device.jid} hears ${from}: the list of ${whose} forbids it`);
}

/** When all rests: what is wrong with this client, or undefined. */
export function wrongWith(story: Story, device: Device): { readonly text: string; readonly who: string[] } | undefined {
  const truth = story.truths.of(device.username);
  if (truth === undefined) return undefined;
  const contacts = difference(truth.described(), device.contacts);
  if (contacts !== undefined) {
    return { text: `${device.jid}, contacts: ${contacts.text}`, who: [device.username, usernameOf(contacts.key)] };
  }
  const online = difference(device.show === undefined ? new Map() : onlineFor(story, truth), device.online);
  if (online === undefined) return undefined;
  const other = usernameOf(online.key);
  const entries = [truth.get(jidOf(other)), story.truths.of(other)?.get(jidOf(device.username))];
  const lists = entries.map((contact) => JSON.stringify(contact)).join(" and ");
  return {
    text: `${device.jid}, presence: ${online.text}; they list each other as ${lists}`,
    who: [device.username, other],
  };
}

/** Full JIDs that somebody should see, by both lists and by who is there. */
function onlineFor(story: Story, watcher: Truth): Map<string, string> {
  const online = new Map<string, string>();
  for (const [jid] of watcher.entries()) {
    const other = story.truths.of(usernameOf(jid));
    if (other === undefined || !story.truths.sees(watcher, other)) continue;
    for (const device of devicesOf(story, other)) if (device.show !== undefined) online.set(device.jid, device.show);
  }
  return online;
}

function difference(
  expected: ReadonlyMap<string, string>,
  actual: ReadonlyMap<string, string>,
): { readonly key: string; readonly text: string } | undefined {
  for (const key of new Set([...expected.keys(), ...actual.keys()])) {
    const [want, is] = [expected.get(key), actual.get(key)];
    if (want !== is) return { key, text: `${key} is ${is ?? "missing"}, should be ${want ?? "missing"}` };
  }
  return undefined;
}

/** When all rests, `explain`, `audit` and `presence` say what is. */
export async function checkReaders(story: Story): Promise<void> {
  await checkExplain(story);
  await checkPresence(story);
  await checkAudit(story);
}

async function checkExplain(story: Story): Promise<void> {
  const { chance, truths, kith, trace } = story;
  for (let count = 0; count < 30; count++) {
    const watcher = chance.pick(truths.all);
    const listed = watcher.entries().map(([jid]) => usernameOf(jid));
    const other = truths.of(
      listed.length > 0 && chance.is(0.8) ? chance.pick(listed) : chance.pick(truths.all).username,
    );
    if (other === undefined || other === watcher) continue;
    const expected = truths.sees(watcher, other);
    const path = `/roster_admin/explain?user=${watcher.username}&contact=${jidOf(other.username)}`;
    const { json } = await kith.call("GET", path);
    const isOnline = [watcher, other].every((truth) => devicesOf(story, truth).some(({ show }) => show !== undefined));
    if (json.allowed !== expected || (isOnline && json.visible !== expected)) {
      const text = `explain: ${watcher.username} and ${other.username} should be ${expected}: ${JSON.stringify(json)}`;
      trace.fault([watcher.username, other.username], text);
    }
  }
}

async function checkPresence(story: Story): Promise<void> {
  const query = story.truths.all.map(({ username }) => `user=${username}`).join("&");
  const { json } = await story.kith.call("GET", `/roster_admin/presence?${query}`);
  for (const truth of story.truths.all) {
    const expected = new Map<string, string>();
    for (const { resource, show } of devicesOf(story, truth)) if (show !== undefined) expected.set(resource, show);
    const actual = new Map<string, string>();
    for (const { resource, show } of json[truth.username].resources) actual.set(resource, show ?? "");
    const wrong = difference(expected, actual);
    if (wrong !== undefined) story.trace.fault([truth.username], `presence of ${truth.username}: ${wrong.text}`);
  }
}

async function checkAudit({ truths, kith, trace }: Story): Promise<void> {
  const found = new Map<string, string>();
  for (let after = ""; ; ) {
    const { json } = await kith.call("GET", `/roster_admin/audit?limit=100${after}`);
    for (const { a, b, a_lists_b, b_lists_a } of json.disagreements) {
      found.set([a, b].sort().join(" "), a < b ? `${a_lists_b} ${b_lists_a}` : `${b_lists_a} ${a_lists_b}`);
    }
    if (json.next === null) break;
    after = `&after=${json.next}`;
  }
  const expected = new Map<string, string>();
  for (const truth of truths.all) {
    for (const [jid, { subscription = "both" }] of truth.entries()) {
      const other = truths.of(usernameOf(jid));
      const back = other?.get(jidOf(truth.username));
      const theirs = back === undefined ? null : (back.subscription ?? "both");
      if (other === undefined || MIRROR[subscription] === theirs || (subscription === "none" && theirs === null))
        continue;
      const isFirst = truth.username < other.username;
      expected.set(
        [truth.username, other.username].sort().join(" "),
        isFirst ? `${subscription} ${theirs}` : `${theirs} ${subscription}`,
      );
    }
  }
  const wrong = difference(expected, found);
  if (wrong !== undefined) trace.fault(wrong.key.split(" "), `audit: ${wrong.text}`);
}

const MIRROR = { both: "both", to: "from", from: "to", none: "none" } as const;
