/** Events for the application, as webhooks post them and `GET /events` streams them; and those that were given up. docs/events.md */
import { z } from "zod";

const problem = z
  .object({
    code: z.string().describe("In one word, for example `not-a-jid`."),
    contact: z.string().optional().describe("Whose entry it is, as the application wrote it."),
    member: z.string().optional().describe("Which member of the entry."),
    text: z.string().describe("For a person."),
  })
  .describe("Something in a contact list that was left out, cut or mended.");

const common = {
  id: z.string().describe("The same for every try to deliver this event; goes into `Last-Event-ID`."),
  time: z.iso.datetime().describe("When it happened."),
  domain: z.string().describe("Which domain's application is told."),
  user: z.string().describe("Username of whom it is about."),
};

const presenceEvent = z
  .object({
    ...common,
    type: z.literal("presence"),
    data: z.object({
      state: z.enum(["online", "away", "offline"]).describe("The best of what all their clients say, settled."),
      lastActivity: z.iso.datetime().describe("When one of the clients last did something."),
    }),
  })
  .describe("Somebody came, went, or went away from the keyboard.");

const sessionEvent = z
  .object({
    ...common,
    type: z.literal("session"),
    data: z.object({
      state: z.enum(["started", "ended"]).describe("Logged in, or gone."),
      resource: z.string().describe("Which client."),
      transport: z.enum(["tcp", "tls", "websocket", "memory"]).describe("How it is connected."),
      address: z.string().optional().describe("From where; only with `events.addresses`."),
    }),
  })
  .describe("A client logged in or is gone.");

const proposalEvent = z
  .object({
    ...common,
    type: z.literal("proposal"),
    data: z.object({
      proposal: z.string().describe("The `id` of the proposal."),
      action: z.enum(["add", "remove", "rename", "regroup", "accept", "decline"]).describe("What was proposed."),
      contact: z.string().describe("Bare address of whom it is about."),
      outcome: z
        .enum(["accept", "deny", "later", "failed"])
        .describe("What the application decided; `failed`: nothing."),
      reason: z.string().optional().describe("As it was shown to the user."),
    }),
  })
  .describe("Somebody proposed to change their contacts.");

const problemsEvent = z
  .object({
    ...common,
    type: z.literal("contacts.problems"),
    data: z.object({
      problems: z.array(problem).describe("The first of them; empty: all is well again."),
      more: z.int().describe("So many more are not named."),
    }),
  })
  .describe("What is wrong in somebody's contact list became something else than it was.");

export const eventSchema = z
  .discriminatedUnion("type", [presenceEvent, sessionEvent, proposalEvent, problemsEvent])
  .describe("An event.");

export const resetSchema = z
  .object({
    reason: z
      .enum(["too-old", "unknown"])
      .describe(
        "`too-old`: events after the position are not kept any more. `unknown`: the position is none of this log.",
      ),
  })
  .describe("`data` of the event `reset`: events were missed. Ask for everybody's presence, then go on.");

const deadEvent = z
  .object({ event: eventSchema, reason: z.string().describe("Why it was given up.") })
  .describe("An event that could not be delivered.");

export const deadAnswer = z
  .object({
    dead: z.array(deadEvent).describe("The oldest first."),
    next: z.string().nullable().describe("Goes into `after` for the next page; null: there is none."),
  })
  .describe("Events that were given up.");

export const retryRequest = z
  .strictObject({
    ids: z.array(z.string()).max(1000).optional().describe("Which events; left out: all."),
  })
  .describe("Which dead events are to be tried again.");

export const retryAnswer = z
  .object({ retried: z.int().describe("So many wait to be delivered again.") })
  .describe("What was done.");
