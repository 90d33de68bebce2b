/** XEP-0198 §4 as a law: whatever happens to devices and their connections, a message arrives or its sender is told, once. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { CARBONS } from "../../test/support/carbons.ts";
import { settle } from "../../test/support/clock.ts";
import { chat, enable, type ManagedClient, resume } from "../../test/support/managed.ts";
import { type TestHost, testHost } from "../../test/support/sessions.ts";
import { serialise } from "../xmpp/xml/write.ts";

const ROMEO = "romeo@localhost";
const NAMES = ["phone", "laptop", "tablet"] as const;
const LIMITS = { unackedStanzas: 30 };

type Name = (typeof NAMES)[number];

interface Device {
  client: ManagedClient;
  state: "here" | "lost" | "gone";
}

const name = fc.constantFrom(...NAMES);
const act = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("say" as const), to: fc.option(name, { nil: undefined }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom("read", "lose", "resume", "come", "end"), name }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("wait" as const), ms: fc.integer({ min: 1, max: 400_000 }) }) },
);

class Play {
  readonly world: TestHost = testHost({ limits: LIMITS });
  readonly devices = new Map<Name, Device>();
  /** By which devices of the person each message was read. */
  readonly read = new Map<string, Set<string>>();
  sent = 0;

  /** What a client does as soon as it has something: reads, and says that it has. */
  take(device: Device): void {
    for (const stanza of device.client.take()) {
      const id = /<message [^>]*id='(m\d+)'/.exec(serialise(stanza, "jabber:client"))?.[1];
      if (id === undefined) continue;
      const { jid } = device.client.session;
      const readers = this.read.get(id) ?? new Set();
      assert.ok(!readers.has(jid), `${jid} read ${id} twice`);
      this.read.set(id, readers.add(jid));
    }
    device.client.managed.acknowledge(device.client.h);
  }

  async come(which: Name): Promise<void> {
    const before = this.devices.get(which);
    // What a connection has that is cut is seen by nobody; the same address takes over what was left.
    if (before?.state === "here") this.take(before);
    const client = enable(this.world.bind(`${ROMEO}/${which}`));
    const device: Device = { client, state: "here" };
    this.devices.set(which, device);
    client.send("<presence/>");
    if (which !== "tablet") client.send(`<iq type='set' id='c'><enable ${CARBONS}/></iq>`);
    await settle();
    this.take(device);
  }

  async do(kind: string, which: Name): Promise<void> {
    const device = this.devices.get(which);
    if (kind === "come") return this.come(which);
    if (device === undefined || device.state === "gone") return;
    if (kind === "read" && device.state === "here") this.take(device);
    else if (kind === "end" && device.state === "here") {
      this.take(device);
      device.client.session.end();
      device.state = "gone";
    } else if (kind === "lose" && device.state === "here") {
      device.client.connection.sent.length = 0;
      device.client.lose();
      device.state = "lost";
    } else if (kind === "resume" && device.state === "lost") {
      device.client = resume(this.world, device.client);
      device.state = "here";
      this.take(device);
    }
  }

  /** Who was waited for too long, or had too much waiting, is gone. */
  look(): void {
    const online = new Set(this.world.host.online(ROMEO).map(({ resource }) => resource));
    for (const [which, device] of this.devices) if (!online.has(which)) device.state = "gone";
  }
}

test("law: a message is read by a device of the account, or its sender is told; never both, and nobody reads or hears it twice", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(act, { maxLength: 60 }), async (acts) => {
      const play = new Play();
      const juliet = await play.world.online("juliet@localhost/balcony");
      await play.come("phone");
      for (const one of acts) {
        if (one.kind === "say") {
          juliet.send(chat(one.to === undefined ? ROMEO : `${ROMEO}/${one.to}`, `m${play.sent++}`));
          await settle();
        } else if (one.kind === "wait") await play.world.clock.advance(one.ms);
        else await play.do(one.kind, one.name);
        play.look();
      }
      for (const device of play.devices.values()) if (device.state === "here") play.take(device);
      play.world.host.kick(ROMEO, "The end.");
      await settle();
      const told = new Map<string, number>();
      for (const { attrs } of juliet.take()) {
        if (attrs["type"] === "error") told.set(attrs["id"] ?? "", (told.get(attrs["id"] ?? "") ?? 0) + 1);
      }
      for (let n = 0; n < play.sent; n++) {
        const [{ size: read } = { size: 0 }, errors = 0] = [play.read.get(`m${n}`), told.get(`m${n}`)];
        assert.ok(read > 0 ? errors === 0 : errors === 1, `m${n} was read ${read} times, and told of ${errors} times`);
      }
    }),
    { numRuns: 60 },
  );
});
