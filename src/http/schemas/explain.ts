/** `GET /roster_admin/explain`: what is answered. Contract §4 */
import { z } from "zod";
import { problemFound, sourceOfList } from "./roster.ts";

const entry = z
  .object({
    name: z.string().nullable().describe("What the list calls the other."),
    groups: z.array(z.string()).describe("Groups of the entry."),
    subscription: z.enum(["both", "to", "from", "none"]).describe("Who sees whose presence."),
    ask: z.boolean().describe("A request is pending."),
    until: z.iso.datetime({ offset: true }).nullable().describe("When the entry ends by itself; null: it does not."),
  })
  .describe("The entry of the other person.");

const explainedResource = z
  .object({
    resource: z.string().describe("The resource."),
    available: z.boolean().describe("It has sent presence."),
    show: z.string().nullable().describe("away, chat, dnd or xa; null: none."),
    priority: z.number().describe("-128 to 127."),
    since: z.iso.datetime({ offset: true }).describe("When it was bound."),
  })
  .describe("A bound resource.");

export const explainedPerson = z
  .object({
    jid: z.string().describe("Bare JID."),
    domain: z.enum(["served", "other"]).describe("other: this server has nothing to do with that domain."),
    held: z.boolean().describe("A copy of this person's list is held."),
    known: z.boolean().describe("For whom is online: the list by which sessions go is known."),
    entry: entry.nullable().describe("How the list has the other person; null: it does not."),
    version: z.string().nullable().describe("Of the held list."),
    age: z.number().nullable().describe("Seconds since the application confirmed it."),
    source: sourceOfList.nullable().describe("What made the list what it is."),
    stale: z.boolean().describe("The last attempt to renew it failed."),
    old: z.boolean().describe("A refresh marked it old: the next login asks the application."),
    resources: z.array(explainedResource).describe("Bound resources."),
    lastActivity: z.iso.datetime({ offset: true }).nullable().describe("When last seen; null: never."),
    blocks: z.array(z.string()).describe("JIDs that this person blocks; always empty, because nobody can block yet."),
    problems: z.array(problemFound).describe("What the last fetch found wrong about the other person's entry."),
  })
  .describe("One of the two.");
export type ExplainedPerson = z.infer<typeof explainedPerson>;

export const explainAnswer = z
  .object({
    visible: z.boolean().describe("At this moment the user is shown the contact as available."),
    allowed: z.boolean().describe("Both held lists let the contact's presence come to the user."),
    reasons: z.array(z.string()).describe("Sentences that say why, the decisive ones first."),
    user: explainedPerson.describe("Who looks."),
    contact: explainedPerson.describe("Who is looked for."),
  })
  .describe("Why a user does or does not see a contact.");
export type ExplainAnswer = z.infer<typeof explainAnswer>;
