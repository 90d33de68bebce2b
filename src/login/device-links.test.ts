import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeClock } from "../../test/support/clock.ts";
import { silentLog } from "../log.ts";
import { Metrics } from "../metrics.ts";
import type { AppPasswords, MadeAppPassword } from "./app-passwords.ts";
import { DeviceLinks, type MadeLink, type WantedLink } from "./device-links.ts";
import { createRegistrar } from "./device-registration.ts";
import { Guesses } from "./guesses.ts";

const WANTED: WantedLink = { domain: "example.com", username: "john", name: "phone", lifetime: 600_000 };

function world(obstacle?: "off" | "many") {
  const clock = new FakeClock();
  return { clock, links: new DeviceLinks({ appPasswords: { obstacle: () => obstacle }, clock }) };
}

function made(outcome: MadeLink) {
  assert.ok(outcome.ok);
  const token = /preauth=([a-z2-9]{30})$/.exec(outcome.uri)?.[1] ?? "";
  return { ...outcome, token };
}

test("XEP-0401 §6.4, RFC 5122: the URI names the person, percent-encoded, and holds a token of 149 bits", () => {
  const { links } = world();
  assert.match(made(links.create(WANTED)).uri, /^xmpp:john@example\.com\?register;preauth=[a-z2-9]{30}$/);
  const { uri } = made(links.create({ ...WANTED, username: "a;b?jürgen", domain: "bücher.example" }));
  assert.match(uri, /^xmpp:a%3Bb%3Fj%C3%BCrgen@b%C3%BCcher\.example\?register;preauth=/);
});

test("a link is found by its token, on its domain, until it expires; then only who came before goes on", async () => {
  const { links, clock } = world();
  assert.equal(links.mayCome("example.com"), false);
  const { token, link } = made(links.create(WANTED));
  assert.equal(links.find("example.com", token), link);
  assert.equal(links.find("b.example", token), undefined);
  assert.equal(links.find("example.com", `${token}x`), undefined);
  assert.equal(links.mayCome("example.com"), true);
  assert.equal(links.mayCome("b.example"), false);
  await clock.advance(600_000);
  assert.equal(links.find("example.com", token), undefined);
  assert.equal(links.mayCome("example.com"), false);
  assert.deepEqual(links.list("example.com", "john"), []);
  links.create({ ...WANTED, username: "marie" });
  assert.equal(links.end("example.com", link), true);
  assert.equal(links.end("example.com", link), false);
});

test("a link is ended by its own person's id alone, and all of a person together", () => {
  const { links } = world();
  const [one, two] = [made(links.create(WANTED)), made(links.create(WANTED))];
  links.create({ ...WANTED, username: "marie" });
  assert.equal(links.revoke("example.com", "marie", one.link.id), false);
  assert.equal(links.revoke("example.com", "john", one.link.id), true);
  assert.equal(links.find("example.com", one.token), undefined);
  assert.deepEqual(links.list("example.com", "john"), [two.link]);
  links.revokeAll("example.com", "john");
  assert.deepEqual([links.list("example.com", "john").length, links.list("example.com", "marie").length], [0, 1]);
});

test("one person has 20 open, the oldest go first; a domain has 10 000, and room again when they are over", async () => {
  const { links, clock } = world();
  const all = Array.from({ length: 25 }, () => made(links.create(WANTED)).link);
  assert.deepEqual(links.list("example.com", "john"), all.slice(5));
  for (let n = 20; n < 10_000; n++) assert.ok(links.create({ ...WANTED, username: `user-${n}` }).ok);
  assert.deepEqual(links.create({ ...WANTED, username: "late" }), { ok: false, reason: "full" });
  assert.ok(links.create({ ...WANTED, domain: "b.example" }).ok);
  await clock.advance(600_000 + 120_000);
  assert.ok(links.create({ ...WANTED, username: "late" }).ok);
  assert.equal(links.list("example.com", "john").length, 0);
});

test("none is made where no app password could be, or for a device without a name", () => {
  assert.deepEqual(world("off").links.create(WANTED), { ok: false, reason: "off" });
  assert.deepEqual(world("many").links.create(WANTED), { ok: false, reason: "many" });
  assert.deepEqual(world().links.create({ ...WANTED, name: "\n" }), { ok: false, reason: "name" });
});

test("XEP-0445 §4: a link that has expired, with which somebody came before, can be taken back too", async () => {
  const { links, clock } = world();
  const [one, two] = [made(links.create(WANTED)).link, made(links.create(WANTED)).link];
  await clock.advance(600_000);
  assert.equal(links.revoke("example.com", "john", one.id), true);
  links.revokeAll("example.com", "john");
  for (const link of [one, two]) assert.equal(links.take("example.com", link), false);
});

test("XEP-0445 §4: a link that is taken back while its password is made lets nobody in, whatever comes of that", async () => {
  for (const comes of ["password", "busy"] as const) {
    const { links, clock } = world();
    const making = Promise.withResolvers<MadeAppPassword>();
    const revoked: string[] = [];
    const appPasswords: Pick<AppPasswords, "create" | "revoke"> = {
      create: () => making.promise,
      revoke: (_domain, _username, id) => revoked.push(id) > 0,
    };
    const counter = new Metrics().labelled("links", "Links.", ["result"]);
    const registrar = createRegistrar({
      ...{ domain: "example.com", links, guesses: new Guesses(clock), log: silentLog, counter },
      appPasswords: appPasswords as AppPasswords,
    });
    const { token, link } = made(links.create(WANTED));
    const registration = registrar.start("192.0.2.1");
    await registration.ask({ kind: "preauth", token });
    const answer = registration.ask({ kind: "register", username: "john", password: "correct horse" });
    assert.equal(links.revoke("example.com", "john", link.id), true);
    const appPassword = { id: "p1", username: "john", name: "phone", created: 0, lastUsed: undefined };
    making.resolve(
      comes === "busy"
        ? { ok: false, reason: "busy" }
        : ({ ok: true, appPassword, password: "correct horse" } as unknown as MadeAppPassword),
    );
    assert.equal((await answer).kind, "refused");
    assert.deepEqual(revoked, comes === "busy" ? [] : ["p1"]);
    assert.equal(links.find("example.com", token), undefined);
  }
});
