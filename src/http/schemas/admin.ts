/** What the page at /admin asks and is answered: docs/admin.md. Times are RFC 3339 unless a unit is named. */
import { z } from "zod";

const time = z.string().describe("RFC 3339");
const count = z.number().int().nonnegative();
const username = z.string().describe("A localpart");
const jids = z.array(z.string()).describe("Bare JIDs");

export const listFacts = z
  .object({
    contacts: count.describe("How many"),
    version: z.string().describe("What clients are given as `ver`"),
    age: count.describe("Seconds since the application confirmed it"),
    source: z.string().describe("How it came about: app, put, patch, edges, until, or a proposal"),
    stale: z.boolean().describe("The last attempt to renew it failed"),
    old: z.boolean().describe("A refresh marked it: the next login asks again"),
    problems: count.describe("How many members or contacts were left out, cut or mended"),
  })
  .describe("What is known about a held list");

const resource = z.object({
  resource: z.string(),
  available: z.boolean().describe("It has sent presence"),
  show: z.string().nullable().describe("away, chat, dnd or xa, as the client says"),
  status: z.string().nullable().describe("The client's own words"),
  priority: z.number().int(),
  interested: z.boolean().describe("It asked for the contact list and gets its changes"),
  since: time,
});

const userChange = z.object({
  user: username,
  status: z.enum(["ok", "error"]),
  added: jids.optional(),
  changed: jids.optional(),
  removed: jids.optional(),
  more: count.optional().describe("So many more contacts are not named"),
  offline: z.boolean().optional().describe("Nobody of this name is online: asked for at the next login"),
  failure: z.string().optional(),
  message: z.string().optional(),
});

const activity = z.object({
  id: count,
  at: time,
  kind: z.string().describe("refresh, or the source of an edit: put, patch, edges, until, …"),
  dryRun: z.boolean(),
  ms: z.number(),
  updated: count,
  errors: count,
  users: z.array(userChange).describe("Whose list changed or failed; in a refresh of few lists all of them"),
  more: count.describe("So many more of these are not named"),
});

const slot = z.object({
  at: time,
  count: count.describe("Fetches that ended in these ten seconds"),
  failed: count,
  p50: z.number().describe("ms"),
  p95: z.number().describe("ms"),
  max: z.number().describe("ms"),
});

export const domainsAnswer = z.object({
  domains: z.array(z.string()),
  domain: z.string().describe("By the Host header, or the first"),
});

export const overviewQuery = z.object({
  since: z.coerce.number().int().nonnegative().default(0).describe("The id of the last activity that is known"),
});

export const overviewAnswer = z.object({
  now: time,
  version: z.string().describe("Of Kith"),
  startedAt: time,
  domain: z.string(),
  people: count.describe("Online in this domain"),
  sessions: count.describe("Of these people"),
  lists: z.object({
    missing: count.describe("People online of whom no list is known"),
    stale: count.describe("People online whose list could not be renewed"),
    problems: count.describe("People online in whose list something was left out, cut or mended"),
  }),
  app: z.object({
    breakerOpenSince: time.nullable().describe("Null: the circuit breaker is closed"),
    answeredAt: time.nullable().describe("When the application last gave a useful answer"),
    fetches: count.describe("Since the start"),
    slot: count.describe("Seconds of one slot"),
    slots: count.describe("Slots that are kept"),
    latency: z.array(slot).describe("Those in which something was fetched, the oldest first"),
    failures: z
      .array(z.object({ kind: z.string(), count, at: time, user: username, message: z.string() }))
      .describe("Since the start, the latest first"),
  }),
  last: count.describe("The id of the latest activity"),
  activity: z.array(activity).describe("What came after `since`, the latest first; at most 100"),
  events: z
    .object({ waiting: count, dead: count })
    .nullable()
    .describe("Events to the application; null: none are sent"),
});

export const peopleQuery = z.object({
  search: z.string().max(200).default("").describe("Part of the username"),
  show: z.enum(["all", "missing", "stale", "problems"]).default("all").describe("Whose list"),
  after: z.string().max(1023).default("").describe("`next` of the page before"),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

export const peopleAnswer = z.object({
  online: count.describe("In this domain"),
  found: count.describe("Of these, by the question"),
  people: z.array(z.object({ user: username, resources: z.array(resource), list: listFacts.nullable() })),
  next: z.string().nullable().describe("Null: this was the last page"),
});

export const personQuery = z.object({
  user: username.max(1023),
  offset: z.coerce.number().int().nonnegative().default(0),
  limit: z.coerce.number().int().min(1).max(200).default(100),
});

export const personAnswer = z.object({
  user: username,
  jid: z.string(),
  resources: z.array(resource),
  list: listFacts
    .extend({
      fetchedAt: time,
      freshUntil: time.describe("Until then a login does not ask again"),
      usableUntil: time
        .nullable()
        .describe("From then it may not stand in for a failing application; null: always may"),
      named: z
        .array(z.object({ code: z.string(), contact: z.string().nullable(), text: z.string() }))
        .describe("The first hundred problems"),
    })
    .nullable(),
  contacts: z.array(
    z.object({
      jid: z.string(),
      name: z.string().nullable(),
      groups: z.array(z.string()),
      subscription: z.enum(["both", "to", "from", "none"]),
      ask: z.boolean(),
      until: time.nullable(),
      theirs: z
        .enum(["both", "to", "from", "none", "missing", "unknown"])
        .describe("What the contact's own list says of this user; unknown: no list of theirs is held"),
      online: z.boolean(),
      sees: z.boolean().describe("Their presence comes to this user"),
      seen: z.boolean().describe("This user's presence goes to them"),
    }),
  ),
  offset: count,
});

export const eventsQuery = z.object({
  limit: z.coerce.number().int().min(1).max(500).default(50),
});

export const eventsAnswer = z.object({
  sent: z.boolean().describe("False: no events are sent to the application"),
  waiting: count,
  dead: count.describe("Given up"),
  letters: z
    .array(
      z.object({
        seq: count,
        time,
        type: z.string(),
        user: username,
        reason: z.string().describe("Why it was given up"),
      }),
    )
    .describe("Those that were given up, the oldest first"),
});

export type EventsState = z.infer<typeof eventsAnswer>;
export type ListFacts = z.infer<typeof listFacts>;
export type Overview = z.infer<typeof overviewAnswer>;
export type People = z.infer<typeof peopleAnswer>;
export type PersonView = z.infer<typeof personAnswer>;
