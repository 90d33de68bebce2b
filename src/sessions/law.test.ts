import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { settle } from "../../test/support/clock.ts";
import { type Entry, type TestClient, type TestHost, testHost } from "../../test/support/sessions.ts";
import type { Subscription } from "../contacts/list.ts";
import { elementsOf } from "../xmpp/xml/element.ts";

const PEOPLE = ["ann", "ben", "cat"];
const RESOURCES = ["x", "y"];
const ALL = PEOPLE.flatMap((name) => RESOURCES.map((resource) => `${name}@localhost/${resource}`));

const resourceArb = fc.constantFrom(...ALL);
const entryArb = fc.tuple(
  fc.constantFrom(...PEOPLE),
  fc.constantFrom<Subscription | undefined>("both", "both", "to", "from", "none", undefined),
  fc.constantFrom(undefined, "N"),
);

type Step =
  | { readonly kind: "login" | "show" | "leave" | "cut" | "settle"; readonly who: string }
  | {
      readonly kind: "edit";
      readonly who: string;
      readonly entries: readonly (readonly [string, Subscription | undefined, string | undefined])[];
    };

const stepArb: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("login" as const), who: resourceArb }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom("show", "leave", "cut", "settle"), who: resourceArb }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("edit" as const),
      who: fc.constantFrom(...PEOPLE),
      entries: fc.array(entryArb, { maxLength: 3 }),
    }),
  },
);

/** What one client has come to believe, and that it was told nothing twice and nothing it did not need. */
class View {
  readonly client: TestClient;
  readonly online = new Set<string>();
  readonly contacts = new Map<string, string>();

  constructor(client: TestClient) {
    this.client = client;
  }

  read(): void {
    for (const stanza of this.client.take()) {
      if (stanza.name === "presence") this.#presence(stanza.attrs["from"] ?? "", stanza.attrs["type"]);
      for (const query of stanza.name === "iq" ? elementsOf(stanza) : []) {
        for (const item of elementsOf(query)) {
          const jid = item.attrs["jid"] ?? "";
          const now = `${item.attrs["subscription"]} ${item.attrs["name"]}`;
          assert.notEqual(this.contacts.get(jid), now, `${this.client.session.jid} was pushed ${jid} twice`);
          if (item.attrs["subscription"] === "remove") {
            assert.ok(this.contacts.delete(jid), `${this.client.session.jid} had no ${jid}`);
          } else this.contacts.set(jid, now);
        }
      }
    }
  }

  #presence(from: string, type: string | undefined): void {
    if (type === undefined) this.online.add(from);
    else {
      const own = from === this.client.session.jid;
      assert.ok(this.online.delete(from) || own, `${this.client.session.jid} had not seen ${from}`);
    }
  }
}

class Model {
  readonly world: TestHost = testHost();
  readonly views = new Map<string, View>();
  readonly available = new Set<string>();
  readonly lists = new Map<string, Map<string, readonly [Subscription, string | undefined]>>();

  constructor() {
    for (const name of PEOPLE) this.#edit(name, []);
  }

  async step(step: Step): Promise<void> {
    const view = this.views.get(step.who);
    switch (step.kind) {
      case "edit":
        this.#edit(step.who, step.entries);
        break;
      case "login":
        if (view === undefined) await this.#login(step.who);
        break;
      case "show":
        view?.client.send("<presence><show>away</show></presence>");
        if (view !== undefined) this.available.add(step.who);
        break;
      case "leave":
        view?.client.send("<presence type='unavailable'/>");
        this.available.delete(step.who);
        view?.read();
        view?.online.clear(); // RFC 6121 §4.5.2: from here on it hears of nobody
        break;
      case "cut":
        view?.client.session.end();
        this.views.delete(step.who);
        this.available.delete(step.who);
        break;
      case "settle":
        await settle();
        break;
    }
    this.#check();
  }

  #edit(who: string, entries: readonly (readonly [string, Subscription | undefined, string | undefined])[]): void {
    const list = this.lists.get(who) ?? new Map();
    for (const [other, subscription, name] of entries) {
      if (other === who) continue;
      if (subscription === undefined) list.delete(other);
      else list.set(other, [subscription, name]);
    }
    this.lists.set(who, list);
    const given: Record<string, Entry> = {};
    for (const [other, [subscription, name]] of list) given[`${other}@localhost`] = { subscription, name };
    this.world.contacts.set(who, given);
  }

  async #login(who: string): Promise<void> {
    const client = this.world.bind(who);
    client.send("<iq type='get' id='r'><query xmlns='jabber:iq:roster'/></iq>", "<presence/>");
    this.views.set(who, new View(client));
    this.available.add(who);
    await settle();
  }

  #sees(watcher: string, other: string): boolean {
    const mine = this.lists.get(watcher)?.get(other)?.[0];
    const theirs = this.lists.get(other)?.get(watcher)?.[0];
    return (mine === "both" || mine === "to") && (theirs === "both" || theirs === "from");
  }

  #check(): void {
    for (const [jid, view] of this.views) {
      view.read();
      const name = nameOf(jid);
      const pushed = [...(this.lists.get(name) ?? [])].map(([other, [s, n]]) => [`${other}@localhost`, `${s} ${n}`]);
      assert.deepEqual(Object.fromEntries(view.contacts), Object.fromEntries(pushed), jid);
      const hears = this.available.has(jid) ? [...this.available] : [];
      const expected = hears.filter((other) => nameOf(other) === name || this.#sees(name, nameOf(other)));
      assert.deepEqual([...view.online].sort(), expected.sort(), `seen by ${jid}`);
    }
  }
}

function nameOf(jid: string): string {
  return jid.slice(0, jid.indexOf("@"));
}

test("contract §3: whatever happens, each client has seen exactly whom both lists let it see, and is told nothing twice", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(stepArb, { minLength: 10, maxLength: 60 }), async (steps) => {
      const model = new Model();
      for (const step of steps) await model.step(step);
    }),
    { numRuns: 60 },
  );
});
