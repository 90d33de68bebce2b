import assert from "node:assert/strict";
import { test } from "node:test";
import { type TestClient, type TestHost, testHost } from "../../test/support/sessions.ts";

const TYPES = ["normal", "chat", "headline", "groupchat", "error"] as const;
type Type = (typeof TYPES)[number];

/** Who gets a message: resources of juliet, or what the sender gets. */
type Outcome = "all" | "first" | "nobody" | "service-unavailable";

interface Row {
  readonly title: string;
  readonly to: string;
  /** Priorities of juliet's resources r0, r1…; null: bound, not available. */
  readonly priorities: readonly (number | null)[];
  readonly outcomes: Readonly<Record<Type, Outcome>>;
}

const UNDELIVERED: Row["outcomes"] = {
  normal: "service-unavailable",
  chat: "service-unavailable",
  headline: "nobody",
  groupchat: "service-unavailable",
  error: "nobody",
};
const DELIVERED: Row["outcomes"] = {
  normal: "all",
  chat: "all",
  headline: "all",
  groupchat: "service-unavailable",
  error: "nobody",
};
const DIRECT: Row["outcomes"] = {
  normal: "first",
  chat: "first",
  headline: "first",
  groupchat: "first",
  error: "first",
};

const ROWS: readonly Row[] = [
  { title: "RFC 6121 §8.5.1: no such user", to: "ghost@localhost", priorities: [], outcomes: UNDELIVERED },
  { title: "RFC 6121 §8.5.1: no such user, full JID", to: "ghost@localhost/x", priorities: [], outcomes: UNDELIVERED },
  {
    title: "RFC 6121 §8.5.2.1.1: available resources",
    to: "juliet@localhost",
    priorities: [1, 0],
    outcomes: DELIVERED,
  },
  {
    title: "RFC 6121 §8.5.2.1.1: only negative priorities",
    to: "juliet@localhost",
    priorities: [-1, -128],
    outcomes: UNDELIVERED,
  },
  {
    title: "RFC 6121 §8.5.2.1.1: a negative one and one that is not available are passed over",
    to: "juliet@localhost",
    priorities: [0, -1, null],
    outcomes: { ...DELIVERED, normal: "first", chat: "first", headline: "first" },
  },
  {
    title: "RFC 6121 §8.5.2.2.1: no available resources",
    to: "juliet@localhost",
    priorities: [null],
    outcomes: UNDELIVERED,
  },
  { title: "RFC 6121 §8.5.3.1: full JID matches", to: "juliet@localhost/r0", priorities: [0, 0], outcomes: DIRECT },
  {
    title: "RFC 6121 §8.5.3.1: full JID of a negative priority",
    to: "juliet@localhost/r0",
    priorities: [-5],
    outcomes: DIRECT,
  },
  {
    title: "RFC 6121 §8.5.3.1: full JID of a resource that is not available",
    to: "JULIET@localhost/r0",
    priorities: [null],
    outcomes: DIRECT,
  },
  {
    title: "RFC 6121 §8.5.3.2.1: full JID that is gone",
    to: "juliet@localhost/gone",
    priorities: [0, 3],
    outcomes: { ...DELIVERED, headline: "nobody" },
  },
  {
    title: "RFC 6121 §8.5.3.2.1: full JID that is gone, nobody available",
    to: "juliet@localhost/gone",
    priorities: [null],
    outcomes: UNDELIVERED,
  },
  {
    title: "RFC 6120 §10.5.1: the server itself",
    to: "localhost",
    priorities: [],
    outcomes: { ...UNDELIVERED, headline: "service-unavailable" },
  },
];

async function setUp(row: Row): Promise<{ world: TestHost; romeo: TestClient; juliets: TestClient[] }> {
  const world = testHost();
  const romeo = await world.online("romeo@localhost/orchard");
  const juliets: TestClient[] = [];
  for (const [index, priority] of row.priorities.entries()) {
    const client = world.bind(`juliet@localhost/r${index}`);
    if (priority !== null) client.send(`<presence><priority>${priority}</priority></presence>`);
    juliets.push(client);
  }
  await world.clock.advance(0);
  world.forget(romeo, ...juliets);
  return { world, romeo, juliets };
}

for (const row of ROWS) {
  for (const type of TYPES) {
    test(`${row.title}: ${type}`, async () => {
      const { romeo, juliets } = await setUp(row);
      const given = type === "normal" ? "" : ` type='${type}'`;
      romeo.send(`<message to='${row.to}' id='m'${given}><body>a &lt; b</body><x xmlns='urn:x'/></message>`);
      const outcome = row.outcomes[type];
      for (const [index, juliet] of juliets.entries()) {
        const gets = outcome === "all" || (outcome === "first" && index === 0);
        const copy = `<message from='romeo@localhost/orchard' id='m'${given}><body>a &lt; b</body><x xmlns='urn:x'/></message>`;
        juliet.receives(...(gets ? [copy] : []));
      }
      if (outcome !== "service-unavailable") romeo.receives();
      else {
        romeo.receives(
          `<message type='error' id='m' from='${row.to}'><error type='cancel'><service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>`,
        );
      }
    });
  }
}

const ERRORS = "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'";

test("RFC 6120 §10.4: another server is not found, whatever the type but error", async () => {
  const { romeo } = await setUp({ title: "", to: "", priorities: [], outcomes: DIRECT });
  romeo.send("<message to='a@elsewhere.example' id='m'/>", "<message to='a@elsewhere.example' type='error'/>");
  romeo.receives(
    `<message type='error' id='m' from='a@elsewhere.example'><error type='cancel'><remote-server-not-found ${ERRORS}/></error></message>`,
  );
});

test("RFC 6120 §8.3.3.8: an address that is none is jid-malformed", async () => {
  const { romeo } = await setUp({ title: "", to: "", priorities: [], outcomes: DIRECT });
  romeo.send(
    "<message to='@@' id='m'/>",
    "<iq to='a@b@c' id='i' type='get'><q xmlns='x'/></iq>",
    "<presence to='@' id='p'/>",
  );
  const error = `<error type='modify'><jid-malformed ${ERRORS}/></error>`;
  romeo.receives(
    `<message type='error' id='m'>${error}</message>`,
    `<iq type='error' id='i'>${error}</iq>`,
    `<presence type='error' id='p'>${error}</presence>`,
  );
});

test("RFC 6120 §10.3.1: a message without to is for the own account", async () => {
  const { romeo } = await setUp({ title: "", to: "", priorities: [], outcomes: DIRECT });
  romeo.send("<message><body>note</body></message>");
  romeo.receives("<message from='romeo@localhost/orchard' to='romeo@localhost'><body>note</body></message>");
});

test("attributes that are not the server's pass, escaped and with their namespaces", async () => {
  const { romeo, juliets } = await setUp({ title: "", to: "", priorities: [0], outcomes: DIRECT });
  romeo.send(
    "<message to='juliet@localhost/r0' id='&lt;&apos;&quot;' xml:lang='de' xmlns:a='urn:a' xmlns:b='urn:b' a:x='1' b:x='2'/>",
  );
  const [message] = juliets[0]?.take() ?? [];
  assert.equal(message?.attrs["id"], "<'\"");
  assert.equal(message?.attrs["xml:lang"], "de");
  assert.match(JSON.stringify(message?.attrs), /x":"1".*x":"2"/);
});

test("several domains in one process are one server", async () => {
  const world = testHost({ domains: ["a.example", "b.example"] });
  world.contactsFor("a.example").set("ann", { "ben@b.example": "both" });
  world.contactsFor("b.example").set("ben", { "ann@a.example": "both" });
  const ann = await world.online("ann@a.example/x");
  const ben = await world.online("ben@b.example/x");
  ann.receives("<presence from='ben@b.example/x'/>");
  ann.send("<message to='ben@b.example' type='chat'/>", "<message to='ann@b.example' id='m' type='chat'/>");
  ben.receives("<message from='ann@a.example/x' type='chat'/>");
  ann.receives(`<message type='error' id='m'><error type='cancel'><service-unavailable ${ERRORS}/></error></message>`);
});

test("messages that nobody gets are counted", async () => {
  const world = testHost();
  const romeo = await world.online("romeo@localhost/orchard");
  romeo.send("<message to='ghost@localhost'/>", "<message to='ghost@localhost' type='error'/>");
  const { body } = await world.metrics.render();
  assert.match(body, /kith_messages_undeliverable_total 1\n/);
  assert.match(body, /kith_messages_received_total 2\n/);
  assert.match(body, /kith_sessions 1\n/);
});
