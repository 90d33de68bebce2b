import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type AuditOptions, type AuditPlace, audit, type Disagreement } from "./audit.ts";
import { type ContactList, listOf, type Subscription } from "./list.ts";
import { flows } from "./plan.ts";

const NAMES = ["a", "b", "c", "d", "never"] as const;
type Lists = Readonly<Record<string, Readonly<Record<string, Subscription>>>>;

function listsOf(given: Lists): Map<string, ContactList> {
  return new Map(
    Object.entries(given).map(([name, contacts]) => [
      name,
      listOf(
        Object.entries(contacts)
          .filter(([other]) => other !== name)
          .map(([other, subscription]) => ({
            jid: `${other}@here.example`,
            name: undefined,
            groups: [],
            subscription,
            ask: false,
            until: undefined,
          })),
      ),
    ]),
  );
}

function optionsFor(lists: ReadonlyMap<string, ContactList>, more: Partial<AuditOptions>): AuditOptions {
  return {
    domain: "here.example",
    usernames: (after, limit) =>
      [...lists.keys()]
        .filter((name) => name > after)
        .sort()
        .slice(0, limit),
    held: (username) => lists.get(username),
    yieldNow: () => Promise.resolve(),
    isOver: () => false,
    limit: 1000,
    ...more,
  };
}

async function all(options: AuditOptions): Promise<Disagreement[]> {
  const found: Disagreement[] = [];
  let place: AuditPlace | undefined;
  do {
    const page = await audit(options, place);
    found.push(...page.disagreements);
    assert.ok(page.disagreements.length <= options.limit);
    place = page.next;
  } while (place !== undefined);
  return found;
}

const lists = fc
  .dictionary(
    fc.constantFrom(...NAMES.slice(0, 4)),
    fc.dictionary(fc.constantFrom(...NAMES), fc.constantFrom<Subscription[]>("both", "to", "from", "none")),
  )
  .map(listsOf);

test("every pair of held lists that do not agree comes once, whatever the size of the pages", async () => {
  await fc.assert(
    fc.asyncProperty(lists, fc.integer({ min: 1, max: 4 }), async (held, limit) => {
      const expected: string[] = [];
      for (const a of [...held.keys()].sort()) {
        for (const b of [...held.keys()].sort()) if (a < b && !doAgree(held, a, b)) expected.push(`${a} ${b}`);
      }
      const found = await all(optionsFor(held, { limit }));
      assert.deepEqual(found.map(({ a, b }) => `${a} ${b}`).sort(), expected);
      for (const { a, b, a_lists_b, b_lists_a } of found) {
        assert.equal(a_lists_b, held.get(a)?.get(`${b}@here.example`)?.subscription ?? null);
        assert.equal(b_lists_a, held.get(b)?.get(`${a}@here.example`)?.subscription ?? null);
      }
    }),
  );
});

/** What each list lets go or come really does: by the rule of plan.ts. */
function doAgree(held: ReadonlyMap<string, ContactList>, a: string, b: string): boolean {
  const [first, second] = [a, b].map((name) => ({ jid: `${name}@here.example`, list: held.get(name) ?? null }));
  assert.ok(first !== undefined && second !== undefined);
  const [mine, theirs] = [first.list?.get(second.jid)?.subscription, second.list?.get(first.jid)?.subscription];
  const wanted = (to: boolean): boolean =>
    to
      ? mine === "both" || mine === "from" || theirs === "both" || theirs === "to"
      : mine === "both" || mine === "to" || theirs === "both" || theirs === "from";
  return wanted(true) === flows(first, second) && wanted(false) === flows(second, first);
}

test("a page that has taken long enough ends, and the next goes on where it ended", async () => {
  const many = listsOf(
    Object.fromEntries(
      Array.from({ length: 300 }, (_, n) => [`u${n}`, { [`u${(n + 1) % 300}`]: "both" as const, x: "both" as const }]),
    ),
  );
  let yields = 0;
  const options = optionsFor(many, {
    isOver: () => true,
    yieldNow: async () => {
      yields++;
    },
  });
  const first = await audit(options, undefined);
  assert.ok(first.disagreements.length < 300 && first.next !== undefined);
  assert.equal((await all(options)).length, 300);
  assert.ok(yields >= 6);
});

test("a page goes on though the contact at which it ended is gone", async () => {
  const held = listsOf({ a: { b: "both", c: "both" }, b: {}, c: {} });
  const options = optionsFor(held, { limit: 1 });
  const { next } = await audit(options, undefined);
  assert.deepEqual(next, { username: "a", contact: "b@here.example" });
  held.set("a", listsOf({ a: { c: "both" } }).get("a") ?? listOf([]));
  const { disagreements } = await audit(options, next);
  assert.deepEqual(disagreements, [{ a: "a", b: "c", a_lists_b: "both", b_lists_a: null }]);
});
