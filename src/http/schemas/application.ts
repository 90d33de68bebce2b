/** What the application is asked and answers by POST, beside events: contract §1 "Batch", §3 proposals. */
import { z } from "zod";
import { contactsSchema } from "../../contacts/contact-schema.ts";

export const batchBody = z
  .object({ users: z.array(z.string()).describe("Usernames.") })
  .describe("Whose contacts are asked for.");

export const batchAnswer = z
  .record(
    z.string().describe("A username that was asked for."),
    contactsSchema.nullable().describe("null: there is no such user, as 404 of the single form."),
  )
  .describe("The contacts of each. A user that is missing is that user's failure alone.");

export const passwordBody = z
  .object({
    user: z.string().describe("Username, prepared."),
    domain: z.string().describe("Of the address."),
    password: z
      .string()
      .optional()
      .describe(
        "As it was typed, in Unicode's form NFC. Absent: only whether there is such a person, with `accounts.http.exists`.",
      ),
  })
  .describe("Somebody who logs in, with a password or with what was once given to one of their devices.");

export const passwordAnswer = z
  .object({ ok: z.boolean().describe("false: wrong, or there is no such person.") })
  .describe("Whether it is the person's password; to a question without one, whether there is such a person.");

export const proposalBody = z
  .object({
    id: z.string().describe("The same when the same proposal is sent again: do it once."),
    type: z
      .enum(["add", "remove", "rename", "regroup", "accept", "decline"])
      .describe("What the user wants; accept and decline answer somebody else's `add`."),
    user: z.string().describe("Username of who wants it."),
    contact: z.string().describe("Bare JID of whom it is about."),
    name: z.string().nullable().describe("What the contact is, or would be, called; null: nothing."),
    groups: z.array(z.string()).describe("The groups it is, or would be, in."),
    message: z.string().nullable().describe("What the user wrote beside it; null: nothing."),
  })
  .describe("A change that somebody made in a client, as a question.");

export const decisionAnswer = z
  .object({
    decision: z
      .enum(["accept", "deny", "later"])
      .describe("accept: both sides are fetched again. later: it shows as pending until a refresh decides."),
    reason: z.string().optional().describe("With deny: shown to the user, at most 500 characters."),
  })
  .describe("What the application decides.");
