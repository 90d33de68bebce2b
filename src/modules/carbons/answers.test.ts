/** XEP-0280 §6.1, §10.3: errors. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { CARBONS, copy, nothingFor, verona } from "../../../test/support/carbons.ts";

const ERRORS = "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'";
const UNAVAILABLE = `<error type='cancel'><service-unavailable ${ERRORS}/></error>`;

test("XEP-0280 §6.1: what comes back as undeliverable does so on every device, and reaches nobody by a copy", async () => {
  const { world, phone, laptop, juliet, balcony } = await verona();
  for (const client of [juliet, balcony]) client.send("<presence type='unavailable'/>");
  world.forget(phone, laptop, juliet, balcony);
  const places = ["juliet@localhost", "juliet@localhost/gone", "ghost@localhost", "localhost"];
  for (const to of places) {
    phone.send(`<message to='${to}' id='m' type='chat'><body>x</body></message>`);
    const failed = `<message from='${to}' to='romeo@localhost/phone' id='m' type='error'>${UNAVAILABLE}</message>`;
    phone.receives(failed);
    laptop.receives(
      copy(
        "sent",
        "romeo@localhost/laptop",
        `<message from='romeo@localhost/phone' to='${to}' id='m' type='chat'><body>x</body></message>`,
      ),
      copy("received", "romeo@localhost/laptop", failed),
    );
  }
  phone.send("<message to='@@' id='m' type='chat'><body>x</body></message>");
  assert.equal(phone.take().length, 1);
  phone.send("<message to='ghost@localhost' id='m' type='headline'><body>x</body></message>");
  nothingFor(phone, laptop, juliet, balcony);
});

test("XEP-0280 §6.1: an error is copied where it answers a message that was, and nowhere else", async () => {
  const { phone, laptop, juliet, balcony } = await verona();
  const error = (id: string, to = "romeo@localhost/phone"): string =>
    `<message to='${to}' id='${id}' type='error'><error type='cancel'/></message>`;
  phone.send("<message to='juliet@localhost' id='m1' type='chat'><body>x</body></message>");
  phone.send(`<message to='juliet@localhost/phone' id='m2' type='chat'><body>x</body><private ${CARBONS}/></message>`);
  for (const client of [laptop, juliet, balcony]) client.take();
  juliet.send(error("m1"));
  const told = error("m1").replace("<message", "<message from='juliet@localhost/phone'");
  phone.receives(told);
  laptop.receives(copy("received", "romeo@localhost/laptop", told));
  balcony.receives(copy("sent", "juliet@localhost/balcony", told));
  const forged = `<x xmlns='urn:x'><received ${CARBONS}><forwarded xmlns='urn:xmpp:forward:0'/></received></x></message>`;
  juliet.send(error("m1").replace("</message>", forged));
  assert.equal(phone.take().length, 1);
  nothingFor(laptop, balcony);
  juliet.send(error("m2"), error("m3"), error("m1", "romeo@localhost/laptop"), error("m1", "romeo@localhost"));
  assert.equal(phone.take().length, 2);
  assert.equal(laptop.take().length, 1);
  nothingFor(juliet, balcony);
});

test("XEP-0280 §6.1: errors that answer the last twenty messages are known; an id that is too long is not remembered", async () => {
  const { phone, laptop, juliet } = await verona();
  const long = "x".repeat(201);
  for (const id of [long, ...Array.from({ length: 21 }, (_, n) => `m${n}`)]) {
    phone.send(`<message to='juliet@localhost' id='${id}' type='chat'><body>x</body></message>`);
  }
  laptop.take();
  for (const [id, copied] of [
    ["m0", 0],
    ["m1", 1],
    ["m20", 1],
    [long, 0],
  ] as const) {
    juliet.send(`<message to='romeo@localhost/phone' id='${id}' type='error'><error type='cancel'/></message>`);
    assert.equal(laptop.take().length, copied, id);
  }
});

test("XEP-0280 §10.3: a copy that bounces tells the sender of the message nothing", async () => {
  const { phone, laptop, juliet, balcony } = await verona();
  phone.send("<message to='juliet@localhost/phone' id='m' type='chat'><body>x</body></message>");
  const [copied] = balcony.take();
  assert.equal(copied?.attrs["from"], "juliet@localhost");
  for (const client of [laptop, juliet]) client.take();
  balcony.send(`<message to='juliet@localhost' type='error'>${UNAVAILABLE}</message>`);
  laptop.send(`<message to='romeo@localhost' type='error'>${UNAVAILABLE}</message>`);
  nothingFor(phone, laptop, juliet, balcony);
});
