import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { diff } from "./diff.ts";
import { type Contact, type ContactList, listOf, type Subscription } from "./list.ts";
import { flows, type Person, planFlows } from "./plan.ts";

const ME = "me@localhost";
const OTHERS = ["a@localhost", "b@localhost", "c@localhost", "d@localhost"];
const subscription = fc.constantFrom<Subscription>("both", "to", "from", "none");

function contact(jid: string, given: Subscription, name?: string): Contact {
  return { jid, name, groups: [], subscription: given, ask: false, until: undefined };
}

const listArb: fc.Arbitrary<ContactList> = fc
  .uniqueArray(fc.tuple(fc.constantFrom(...OTHERS, ME), subscription, fc.constantFrom("x", "y")), {
    selector: ([jid]) => jid,
  })
  .map((entries) => listOf(entries.map(([jid, given, name]) => contact(jid, given, name))));

/** What each of the others holds, and who of them is online. */
const othersArb: fc.Arbitrary<Map<string, Person>> = fc
  .tuple(...OTHERS.map(() => fc.option(fc.option(listArb))))
  .map((held) => new Map(OTHERS.flatMap((jid, at) => (held[at] == null ? [] : [[jid, { jid, list: held[at] }]]))));

test("contract §3: the plan is exactly the difference of what flows before and after, for those who are online", () => {
  fc.assert(
    fc.property(fc.option(listArb), listArb, othersArb, (before, after, others) => {
      const plan = planFlows(ME, diff(before, after), (jid) => others.get(jid));
      for (const other of others.values()) {
        const found = plan.filter((change) => change.other === other);
        assert.ok(found.length <= 1, "each contact once");
        const turn = (was: boolean, is: boolean): string => (was === is ? "same" : is ? "starts" : "stops");
        const [was, is] = [before, after].map((list) => ({ jid: ME, list }));
        assert.ok(was !== undefined && is !== undefined);
        assert.equal(found[0]?.outward ?? "same", turn(flows(was, other), flows(is, other)));
        assert.equal(found[0]?.inward ?? "same", turn(flows(other, was), flows(other, is)));
      }
    }),
  );
});

test("contract §3: nobody hears presence from or to a removed contact, and no list, no presence", () => {
  fc.assert(
    fc.property(listArb, othersArb, (after, others) => {
      const me = { jid: ME, list: after };
      for (const other of others.values()) {
        if (after.get(other.jid) !== undefined && other.list?.get(ME) !== undefined) continue;
        assert.equal(flows(me, other), false);
        assert.equal(flows(other, me), false);
      }
      assert.equal(flows(me, me), false);
    }),
  );
});

test("contract §3: presence flows only where the sender's list says from and the receiver's says to", () => {
  for (const mine of ["both", "to", "from", "none"] as const) {
    for (const theirs of ["both", "to", "from", "none"] as const) {
      const a = { jid: ME, list: listOf([contact("a@localhost", mine)]) };
      const b = { jid: "a@localhost", list: listOf([contact(ME, theirs)]) };
      const expected = (mine === "both" || mine === "from") && (theirs === "both" || theirs === "to");
      assert.equal(flows(a, b), expected, `${mine} and ${theirs}`);
    }
  }
});
