/** The limits to start from: contract §5, last paragraph. */
import { z } from "zod";
import { count, duration, durationOrNone, size } from "./fields.ts";

export const limitsSchema = z.strictObject({
  beforeLogin: z
    .strictObject({
      stanzaBytes: size("10000B", "Largest element before login (RFC 6120 §13.12)."),
      depth: count(16, 2, 1000, "Levels of nesting before login."),
      time: duration("30s", "From the first octet to a bound resource, whatever happens in between."),
      tries: count(5, 1, 100, "Failed logins on one connection (RFC 6120 §6.4.5)."),
      bytesPerSecond: size("8KiB", "Reading is paused above this rate before login."),
      burst: size("16KiB", "What may come at once before login."),
    })
    .prefault({}),
  session: z
    .strictObject({
      stanzaBytes: size("262144B", "Largest stanza after login; told to clients by XEP-0478."),
      depth: count(64, 2, 10_000, "Levels of nesting in a stanza."),
      elements: count(5000, 10, 1_000_000, "Elements in one stanza."),
      perUser: count(20, 1, 10_000, "Sessions that one account may have at once."),
      bytesPerSecond: size("1MiB", "Reading is paused above this rate; nobody is cut for it."),
      burst: size("4MiB", "What may come at once before reading is paused."),
      queueBytes: size("1MiB", "Output waiting for a client that reads slowly; more ends the connection."),
      queueTime: duration("30s", "Output without any progress for this long ends the connection."),
      idle: duration("10m", "After this long in silence the client is pinged; told to clients by XEP-0478."),
      idleAnswer: duration("60s", "A client that leaves that ping unanswered for this long is cut."),
      closing: duration("5s", "How long the end of a stream may take."),
      resume: durationOrNone(
        "5m",
        'A session whose connection is lost waits so long for its client to resume it (XEP-0198); "0s": it ends at once.',
      ),
      unackedStanzas: count(
        5000,
        100,
        1_000_000,
        "Stanzas that a client may leave unacknowledged (XEP-0198), connected or not; more ends the session.",
      ),
      unackedBytes: size("1MiB", "The same in octets."),
      pendingIqs: count(1000, 1, 1_000_000, "IQs of one session that are being worked on at once."),
      directedPresence: count(1000, 1, 1_000_000, "Receivers of directed presence of one session (RFC 6121 §4.6)."),
      iqTime: duration("30s", "How long the answer to an IQ may take."),
    })
    .prefault({}),
  login: z
    .strictObject({
      wrong: count(
        100,
        1,
        1_000_000,
        "Wrong logins of one address (IPv6: one /64), whoever they name, before the answer to each is held back. A right one never is. Never for loopback or http.trustProxy.",
      ),
      wrongPerSecond: count(1, 1, 1_000_000, "And how many more each second after that."),
    })
    .prefault({}),
  connections: z
    .strictObject({
      perAddress: count(
        64,
        1,
        1_000_000,
        "Connections of one address (IPv6: one /64) that have not logged in. Never for loopback or http.trustProxy.",
      ),
      total: count(100_000, 1, 10_000_000, "Connections in all."),
    })
    .prefault({}),
  proposals: z
    .strictObject({
      time: duration("5s", "Within this time the application must have decided a proposal."),
      atOnce: count(10, 1, 10_000, "Proposals of one user that wait for their decision."),
      perMinute: count(60, 1, 100_000, "Proposals of one user in a minute."),
    })
    .prefault({}),
  batch: z
    .strictObject({
      users: count(500, 1, 100_000, "People whose lists one call of contacts.batchUrl asks for."),
      delay: duration("5ms", "How long such a call waits for more people to ask for."),
    })
    .prefault({}),
  events: z
    .strictObject({
      kept: count(100_000, 1000, 100_000_000, "Events of one domain that are kept for readers of GET /events."),
      age: duration("7d", "How long they are kept, and how long a reader of GET /events may stay away."),
      waiting: count(
        100_000,
        100,
        100_000_000,
        "Events of one domain waiting for `events.url`; beyond it the oldest is given up.",
      ),
      dead: count(10_000, 1, 100_000_000, "Events of one domain that were given up and can still be looked at."),
      streams: count(32, 1, 100_000, "Readers of GET /events at once."),
    })
    .prefault({}),
  oauth: z
    .strictObject({
      registrations: count(50, 1, 1_000_000, "Clients that one address (IPv6: one /64) may register at once."),
      registrationsPerSecond: count(2, 1, 1_000_000, "And how many more each second after that."),
      pages: count(
        60,
        1,
        1_000_000,
        "Logins that one address may begin at once, and device codes it may ask for. Never for loopback or http.trustProxy.",
      ),
      pagesPerSecond: count(2, 1, 1_000_000, "And how many more each second after that."),
      underWay: count(
        10_000,
        10,
        1_000_000,
        "Logins, codes and device codes of one domain that are held in memory; beyond it the oldest is dropped.",
      ),
    })
    .prefault({}),
  http: z
    .strictObject({
      bodyTime: duration("30s", "A request's body must be complete within this time, else 408."),
      headerTime: duration("10s", "A request's headers must be complete within this time."),
    })
    .prefault({}),
});

export type Limits = z.output<typeof limitsSchema>;
