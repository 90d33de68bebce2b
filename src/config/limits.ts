/** The limits to start from: contract §5, last paragraph. */
import { z } from "zod";
import { count, duration, size } from "./fields.ts";

export const limitsSchema = z.strictObject({
  beforeLogin: z
    .strictObject({
      stanzaBytes: size("10000B", "Largest element before login (RFC 6120 §13.12)."),
      depth: count(16, 2, 1000, "Levels of nesting before login."),
      time: duration("30s", "From accepting the connection to the end of login, absolute."),
      tries: count(5, 1, 100, "Failed logins on one connection."),
      bytesPerSecond: size("8KiB", "Reading is paused above this rate before login."),
    })
    .prefault({}),
  session: z
    .strictObject({
      stanzaBytes: size("262144B", "Largest stanza after login; told to clients by XEP-0478."),
      depth: count(64, 2, 10_000, "Levels of nesting in a stanza."),
      elements: count(5000, 10, 1_000_000, "Elements in one stanza."),
      perUser: count(20, 1, 10_000, "Sessions that one account may have at once."),
      bytesPerSecond: size("1MiB", "Reading is paused above this rate; never cut. Told to clients by XEP-0478."),
      burst: size("4MiB", "What may come above the rate before reading is paused."),
      queueBytes: size("1MiB", "Output waiting for a client that does not read; more ends the connection."),
      queueTime: duration("30s", "Output without any progress for this long ends the connection."),
      idle: duration("10m", "After this long in silence the client is asked whether it is still there."),
    })
    .prefault({}),
  connections: z
    .strictObject({
      perAddress: count(
        500,
        1,
        1_000_000,
        "Connections from one address at once. Never for loopback or http.trustProxy.",
      ),
      beforeLogin: count(2000, 1, 1_000_000, "Connections that have not logged in yet, from everywhere."),
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
