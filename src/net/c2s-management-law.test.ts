/** XEP-0198 §5 as a law: whatever becomes of its lines, a client gets all that it was sent once, in order. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { settle } from "../../test/support/clock.ts";
import { NS_SM, type Peer, setup, wide } from "../../test/support/managed-lines.ts";
import type { Framing } from "../xmpp/stream/state.ts";

const NO_LIMITS = { limits: { unackedLength: 1e9, unackedStanzas: 1e6 } };
const STANZA = /<(message|presence|iq)( [^>]*)?(\/>|>[\s\S]*?<\/\1>)/g;
const CONTACTS = 1000;

const cut = fc.record({
  kind: fc.constant("cut" as const),
  /** How much of what is on the way arrives, of 1. */
  arrives: fc.double({ min: 0, max: 1, noNaN: true }),
  how: fc.constantFrom("vanish", "finish", "live"),
  holds: fc.boolean(),
});
const act = fc.oneof(
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("say" as const), size: fc.nat({ max: 20_000 }) }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constantFrom("hold", "release", "drain", "read", "acknowledge", "ask") }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("change" as const), more: fc.nat({ max: 300 }) }) },
  { weight: 1, arbitrary: cut },
);
type Act = typeof act extends fc.Arbitrary<infer T> ? T : never;
type World = ReturnType<typeof setup>;

class Client {
  readonly world: World;
  readonly #nurse: ReturnType<World["bind"]>;
  readonly id: string;
  readonly messages: string[] = [];
  lists = 0;
  /** Lists asked for, as far as the server is known to have heard. */
  asked = 0;
  said = 0;
  #peer: Peer;
  #h: number;
  #rest = "";

  constructor(world: World, { peer, id, h }: Awaited<ReturnType<World["managed"]>>) {
    this.world = world;
    this.#nurse = world.bind("nurse@localhost/x");
    this.#peer = peer;
    this.id = id;
    this.#h = h;
  }

  async do(one: Act): Promise<void> {
    const peer = this.#peer;
    if (one.kind === "say") this.#hear("x".repeat(one.size));
    else if (one.kind === "hold" || one.kind === "release") peer.line.hold(one.kind === "hold");
    else if (one.kind === "drain") peer.line.drain();
    else if (one.kind === "ask") this.#ask();
    else if (one.kind === "change") this.world.contacts.set("romeo", wide(CONTACTS + one.more));
    else if (one.kind === "cut") await this.#comeBack(one);
    else this.read(peer.take());
    if (one.kind === "acknowledge") peer.say(`<a xmlns='${NS_SM}' h='${this.#h}'/>`);
    await settle();
    assert.equal(this.#peer.line.isClosed, false);
  }

  read(text: string): void {
    let end = 0;
    this.#rest += text;
    for (const { 0: stanza, 1: name, index } of this.#rest.matchAll(STANZA)) {
      end = index + stanza.length;
      this.#h += 1;
      if (name === "message") this.messages.push(/ id='([^']*)'/.exec(stanza)?.[1] ?? "");
      if (!stanza.includes(" type='result'")) continue;
      this.lists += 1;
      assert.ok((stanza.match(/<item /g)?.length ?? 0) >= CONTACTS, "the list is whole");
    }
    this.#rest = this.#rest.slice(end);
  }

  async finish(): Promise<void> {
    this.#peer.line.hold(false);
    await settle();
    for (let n = 0; n < 20; n++) await settle();
    this.read(this.#peer.take());
  }

  #hear(body: string): void {
    const id = `${this.said++}`;
    this.#nurse.send(`<message to='romeo@localhost/orchard' id='${id}'><body>${body}</body></message>`);
  }

  #ask(): void {
    this.asked += 1;
    this.#peer.say("<iq type='get' id='r'><query xmlns='jabber:iq:roster'/></iq>");
  }

  async #comeBack({ arrives, how, holds }: Extract<Act, { readonly kind: "cut" }>): Promise<void> {
    const before = this.#peer;
    const onTheWay = before.take();
    this.read(onTheWay.slice(0, Math.round(arrives * onTheWay.length)));
    this.#rest = "";
    if (how === "vanish") before.line.vanish();
    else if (how === "finish") before.line.finish();
    await settle();
    this.#hear("meanwhile");
    this.#peer = this.world.connect(before.framing).login("romeo");
    await settle();
    this.#peer.take();
    this.#peer.line.hold(holds);
    this.#peer.resume(this.id, this.#h);
    await settle();
    // The line before may still take what was written to it.
    before.line.drain();
    await settle();
    const text = this.#peer.take();
    const { 0: resumed, 1: h } = /^<resumed [^>]* h="(\d+)"\/>/.exec(text) ?? assert.fail(text.slice(0, 300));
    // Its presence, and what was asked since.
    this.asked = Number(h) - 1;
    this.read(text.slice(resumed.length));
  }
}

async function play(framing: Framing, acts: readonly Act[]): Promise<void> {
  const world = setup(NO_LIMITS, { queue: 1e9 });
  world.contacts.set("romeo", wide(CONTACTS));
  const client = new Client(world, await world.managed("romeo@localhost/orchard", framing));
  for (const one of acts) await client.do(one);
  await client.finish();
  assert.deepEqual(
    client.messages,
    Array.from({ length: client.said }, (_, n) => `${n}`),
  );
  assert.equal(client.lists, client.asked);
  assert.equal(world.host.size, 2);
}

for (const framing of ["stream", "frames"] as const) {
  test(`law: who resumes gets each message and each list once, in order, wherever its lines break (${framing})`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(act, { minLength: 10, maxLength: 60 }), (acts) => play(framing, acts)),
      { numRuns: 40 },
    );
  });
}
