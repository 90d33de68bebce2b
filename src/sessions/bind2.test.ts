/** XEP-0386: resources that the server makes for devices, and whom a device that comes back replaces. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeConnection, TestClient, testHost } from "../../test/support/sessions.ts";
import { readElement } from "../../test/support/xml.ts";
import { defineModule } from "./module.ts";
import { resourceFor } from "./resource.ts";

const maker = { random: () => "random", key: new Uint8Array(32).fill(7), isTaken: () => false };
const ID = "d4565fa7-4d72-4749-b3d3-740edbf87770";

function made(device: { tag?: string; id?: string }, jid = "john@example.com", with_ = maker): string | undefined {
  const connection = undefined as never;
  const wish = { tag: device.tag, id: device.id };
  return resourceFor(jid, { domain: "", username: "", resource: undefined, device: wish, connection }, with_);
}

test("XEP-0386 §3.2.1: the tag comes first, then what the server makes: random, or the same for the same installation", () => {
  assert.equal(made({}), "random");
  assert.equal(made({ tag: "Awesome XMPP" }), "Awesome XMPP/random");
  const stable = made({ tag: "Awesome", id: ID });
  assert.match(stable ?? "", /^Awesome\/[\w-]{12}$/);
  assert.equal(made({ tag: "Awesome", id: ID }), stable);
  assert.match(made({ id: ID }) ?? "", /^[\w-]{12}$/);
});

test("XEP-0386 §3.2.1: the id is in the resource for nobody to see: another key, person, tag or id makes another", () => {
  const all = [
    made({ tag: "a", id: ID }),
    made({ tag: "a", id: ID.replace("d", "e") }),
    made({ tag: "a", id: ID }, "marie@example.com"),
    made({ tag: "a", id: ID }, "john@example.com", { ...maker, key: new Uint8Array(32) }),
    made({ tag: "b", id: ID }),
  ];
  assert.equal(new Set(all.map((resource) => resource?.slice(2))).size, all.length);
  assert.ok(all.every((resource) => resource !== undefined && !resource.includes(ID.slice(0, 8))));
});

test("XEP-0386 §3.2.1: a tag that cannot stand in a resource is left out, a long one is cut", () => {
  for (const tag of ["", "   ", "a\u0007b", "\ud800"]) assert.equal(made({ tag }), "random", JSON.stringify(tag));
  assert.equal(made({ tag: "😀".repeat(1000) }), `${"😀".repeat(64)}/random`);
  assert.equal(made({ tag: "Cafe\u0301" }), "Caf\u00e9/random");
});

const ROMEO = "romeo@localhost";

test("XEP-0386 §3.2: a device that comes back takes the place of what it left, under whatever tag; others stay", async () => {
  const world = testHost({ limits: { perUser: 3 } });
  world.contacts.set("romeo", { "juliet@localhost": "both" });
  world.contacts.set("juliet", { "romeo@localhost": "both" });
  const bind = (tag: string, id: string | undefined) => {
    const connection = new FakeConnection();
    const device = { tag, id };
    const bound = world.host.bind({ domain: "localhost", username: "romeo", resource: undefined, device, connection });
    assert.ok(bound.ok);
    return new TestClient(bound.session, connection);
  };
  const other = bind("A", ID.replace("d", "e"));
  const nameless = bind("A", undefined);
  const first = bind("A", ID);
  first.send("<presence/>");
  const juliet = await world.online("juliet@localhost/balcony");
  const again = bind("A", ID);
  assert.equal(again.session.jid, first.session.jid);
  const renamed = bind("B", ID);
  assert.deepEqual([first.connection.closed, again.connection.closed], ["conflict", "conflict"]);
  assert.deepEqual(
    [other, nameless, renamed, juliet].map((client) => client.connection.closed),
    Array(4).fill(undefined),
  );
  assert.equal(world.host.online(ROMEO).length, 3);
});

test("XEP-0386 §3.2: the same installation id of somebody else is somebody else's", () => {
  const world = testHost();
  const bind = (username: string) => {
    const connection = new FakeConnection();
    const device = { tag: undefined, id: ID };
    world.host.bind({ domain: "localhost", username, resource: undefined, device, connection });
    return connection;
  };
  const romeo = bind("romeo");
  bind("juliet");
  assert.equal(romeo.closed, undefined);
});

test("what is taken back ends what it let in: the session, that of its device, and whatever the device itself came by", () => {
  const world = testHost();
  const bind = (tag: string, more: Partial<FakeConnection>, id?: string) => {
    const connection = Object.assign(new FakeConnection(), more);
    const device = { tag, id };
    assert.ok(world.host.bind({ domain: "localhost", username: "romeo", resource: undefined, device, connection }).ok);
    return connection;
  };
  const byGrant = bind("a", { credential: "grant:1" });
  const byToken = bind("b", { credential: `device:${ID}`, origin: "grant:1" }, ID);
  const byPassword = bind("c", {});
  const otherId = ID.replace("d", "e");
  const byPasswordOnDevice = bind("d", {}, otherId);
  const closed = () => [byGrant, byToken, byPassword, byPasswordOnDevice].map((one) => one.closed !== undefined);
  world.host.kick(ROMEO, "The device was signed out.", `device:${otherId}`);
  assert.deepEqual(closed(), [false, false, false, true]);
  world.host.kick(ROMEO, "The program was taken back.", "grant:1");
  assert.deepEqual(closed(), [true, true, false, true]);
  const arriving = Object.assign(new FakeConnection(), { credential: `device:${ID}`, origin: "grant:2" });
  world.host.authenticated("localhost", "romeo", arriving);
  world.host.kick(ROMEO, "The program was taken back.", "grant:2");
  assert.equal(arriving.closed, "not-authorized");
});

test("XEP-0386 §3.2: what is asked for with a resource is on before anything else; what nobody knows is passed over", () => {
  const asked: string[] = [];
  const mood = defineModule({
    name: "mood",
    xeps: [],
    setup(host) {
      for (const name of ["glad", "sad"]) {
        host.inlineFeature({
          ns: "urn:example:mood",
          name,
          enable: ({ jid }, { attrs }) => {
            asked.push(`${jid} ${name} ${attrs["why"]}`);
            return name === "sad" ? "<cheer-up xmlns='urn:example:mood'/>" : "";
          },
        });
      }
    },
  });
  const world = testHost({ modules: [mood] });
  assert.ok(world.host.inlineFeatures().filter((ns) => ns === "urn:example:mood").length === 1);
  const bind = (...inline: string[]) =>
    world.host.bind({
      domain: "localhost",
      username: "romeo",
      resource: "orchard",
      inline: inline.map((xml) => readElement(xml)),
      connection: new FakeConnection(),
    });
  const bound = bind(
    "<sad xmlns='urn:example:mood' why='she'/>",
    "<sad xmlns='urn:example:mood' why='again'/>",
    "<glad xmlns='urn:example:other'/>",
  );
  assert.ok(bound.ok);
  assert.equal(bound.inline, "<cheer-up xmlns='urn:example:mood'/>");
  assert.deepEqual(asked, ["romeo@localhost/orchard sad she"]);
  const glad = bind("<glad xmlns='urn:example:mood' why='night'/>");
  assert.ok(glad.ok && glad.inline === "");
});
