/** `/roster_admin/rosters/USERNAME`: what is sent and answered. Contract §4 */
import { z } from "zod";
import { contactsSchema } from "../../contacts/contact-schema.ts";

export const problemFound = z
  .object({
    code: z.string().describe("For example not-a-jid, self, duplicate, name-too-long."),
    contact: z.string().optional().describe("The key of the contact, as it was sent."),
    member: z.string().optional().describe("The member of the contact."),
    text: z.string().describe("What was done about it, in words."),
  })
  .describe("Something in a contact list that was left out, cut or mended.");

const sources = ["app", "put", "patch", "edges", "proposal", "until"] as const;

export const sourceOfList = z
  .enum(sources)
  .describe(
    "What made the list what it is: a fetch from the application, a call, a proposal, or a contact that ended.",
  );

export const rosterAnswer = z
  .object({
    user: z.string().describe("The username, prepared (RFC 7622)."),
    contacts: contactsSchema,
    version: z
      .string()
      .describe("Hash of the contacts, also the ETag; it begins with the `ver` of clients (RFC 6121 §2.6)."),
    age: z.number().describe("Seconds since the application confirmed the list, or since it was put."),
    source: sourceOfList,
    stale: z.boolean().describe("The last attempt to renew it failed."),
    online: z.array(z.string()).describe("Resources of this user that are bound."),
    problems: z
      .array(problemFound)
      .optional()
      .describe("Only after PUT and PATCH, and only if there are any: what in the body was left out, cut or mended."),
  })
  .describe("A contact list as it is held.");
export type RosterAnswer = z.infer<typeof rosterAnswer>;

export const rosterPutBody = contactsSchema.describe(
  "All contacts of the user: the same map that the application serves.",
);

export const rosterPatchBody = z
  .record(
    z.string().describe("A bare JID."),
    z
      .record(z.string(), z.unknown())
      .nullable()
      .describe("null removes the contact; an object changes those of its members that it has, null removes a member."),
  )
  .describe("A JSON merge patch (RFC 7396) of the contacts.");
