/**
 * The law of the whole: after any mixture of edits, refreshes, failures of the application, presence and reconnects, every
 * client's contacts equal the application's, and it believes exactly those online whom both lists let it see.
 */
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { Client } from "../support/client.ts";
import { type Chance, chance } from "../support/random.ts";
import { contactsHeard, describe, onlineHeard } from "../support/view.ts";
import { startWorld, type World } from "../support/world.ts";

const PEOPLE = ["ann", "bob", "cid", "dora", "eve", "fred"];
const RESOURCES = ["phone", "laptop"];
const SUBSCRIPTIONS = ["both", "both", "to", "from", "none"];
const SHOWS = ["", "away", "dnd"];
const ROUNDS = 60;

interface AppContact {
  name?: string;
  subscription: string;
  groups: string[];
}
type Lists = Record<string, Record<string, AppContact>>;

interface Story {
  readonly world: World;
  readonly lists: Lists;
  readonly clients: Map<string, Client>;
  readonly shows: Map<string, string>;
  readonly pick: Chance["pick"];
}

function edit(story: Story, who: string): void {
  const list = story.lists[who] ?? {};
  const other = story.pick(PEOPLE.filter((name) => name !== who));
  const jid = `${other}@localhost`;
  if (jid in list && story.pick([true, false, false])) delete list[jid];
  else {
    list[jid] = {
      name: story.pick(["Al", "Bo", "Cy"]),
      subscription: story.pick(SUBSCRIPTIONS),
      groups: story.pick([[], ["Friends"], ["Friends", "Work"]]),
    };
  }
}

function show(story: Story, jid: string): void {
  const client = story.clients.get(jid);
  if (client === undefined) return;
  const value = story.pick(SHOWS);
  story.shows.set(jid, value);
  client.send(value === "" ? "<presence/>" : `<presence><show>${value}</show></presence>`);
}

async function reconnect(story: Story, jid: string): Promise<void> {
  const old = story.clients.get(jid);
  story.clients.delete(jid);
  story.shows.delete(jid);
  if (old === undefined || story.pick([true, false])) {
    const client = await story.world.login(jid);
    story.clients.set(jid, client);
    client.send('<iq type="get" id="r"><query xmlns="jabber:iq:roster"/></iq>');
    show(story, jid);
  } else {
    old.destroy();
  }
}

async function act(story: Story): Promise<void> {
  const who = story.pick(PEOPLE);
  switch (story.pick(["edit", "edit", "edit", "show", "reconnect", "fail", "recover"])) {
    case "edit": {
      edit(story, who);
      const other = story.pick(PEOPLE);
      edit(story, other);
      await story.world.refresh([who, other]);
      return;
    }
    case "show":
      return show(story, `${who}@localhost/${story.pick(RESOURCES)}`);
    case "reconnect":
      return reconnect(story, `${who}@localhost/${story.pick(RESOURCES)}`);
    case "fail":
      story.world.app.answer = (_, response) => void response.writeHead(500).end();
      return;
    default:
      story.world.app.answer = undefined;
  }
}

function sees(lists: Lists, watcher: string, other: string): boolean {
  const mine = lists[watcher]?.[`${other}@localhost`]?.subscription;
  const theirs = lists[other]?.[`${watcher}@localhost`]?.subscription;
  return (mine === "both" || mine === "to") && (theirs === "both" || theirs === "from");
}

async function settle(story: Story): Promise<void> {
  for (let round = 0; round < 2; round++) for (const client of story.clients.values()) await client.sync();
}

function compare(story: Story): void {
  for (const [jid, client] of story.clients) {
    const who = jid.split("@")[0] ?? "";
    const expected = Object.entries(story.lists[who] ?? {}).map(([c, m]) => [
      c,
      describe(m.name, m.subscription, m.groups),
    ]);
    assert.deepEqual(Object.fromEntries(contactsHeard(client)), Object.fromEntries(expected), `contacts of ${jid}`);
    const online = [...story.shows].filter(([other]) => sees(story.lists, who, other.split("@")[0] ?? ""));
    assert.deepEqual(Object.fromEntries(onlineHeard(client)), Object.fromEntries(online), `presence seen by ${jid}`);
  }
}

suite("random stories", { concurrency: true }, () => {
  for (const seed of [1, 2, (Date.now() % 1_000_000) + 10]) {
    test(`contract §3: every client's view equals the application's, seed ${seed}`, { timeout: 60_000 }, async () => {
      await using world = await startWorld();
      const story: Story = {
        world,
        lists: Object.fromEntries(PEOPLE.map((name) => [name, {}])),
        clients: new Map(),
        shows: new Map(),
        pick: chance(seed).pick,
      };
      for (const name of PEOPLE) {
        world.app.contacts.set(name, story.lists[name]);
        await world.addUser(`${name}@localhost`);
        for (const resource of RESOURCES) await reconnect(story, `${name}@localhost/${resource}`);
      }
      for (let round = 0; round < ROUNDS; round++) await act(story);
      world.app.answer = undefined;
      assert.partialDeepStrictEqual(await world.refresh(PEOPLE), { status: "ok", updated: PEOPLE.length, errors: 0 });
      await settle(story);
      compare(story);
    });
  }
});
