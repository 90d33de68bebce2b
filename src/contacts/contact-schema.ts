/**
 * Contract §1 as a schema: what an application should send. `members.ts` reads more than this (it drops, cuts and reports
 * where the schema would refuse the whole), and faster; the tests hold what Kith writes against it.
 */
import { z } from "zod";

export const contactSchema = z
  .object({
    name: z.string().max(1023).nullable().optional().describe("What the contact is called; at most 1023 bytes."),
    groups: z
      .union([z.array(z.string()), z.record(z.string(), z.unknown())])
      .nullable()
      .optional()
      .describe("Names of groups, at most 100; or an object whose keys are the names."),
    subscription: z
      .enum(["both", "to", "from", "none"])
      .nullable()
      .optional()
      .describe("Who sees whose presence: both when absent."),
    ask: z.literal("subscribe").nullable().optional().describe("A request is pending."),
    until: z.iso
      .datetime({ offset: true })
      .nullable()
      .optional()
      .describe("RFC 3339 with offset: the contact ends by itself within a second of this moment."),
  })
  .describe("One contact. Unknown members are ignored.");

/** The answer of the application for one user. */
export const contactsSchema = z
  .record(z.string().describe("A bare JID."), contactSchema)
  .describe("All contacts of one user.");
