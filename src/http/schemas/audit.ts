/** `GET /roster_admin/audit`: what is answered. Contract §4 */
import { z } from "zod";

const listed = z.enum(["both", "to", "from", "none"]).nullable();

export const disagreement = z
  .object({
    a: z.string().describe("A username; of the two the first in order."),
    b: z.string().describe("The other username."),
    a_lists_b: listed.describe("The subscription by which a's held list has b; null: it does not."),
    b_lists_a: listed.describe("The subscription by which b's held list has a; null: it does not."),
  })
  .describe("Two held lists that do not agree: presence flows less than one of them says.");

export const auditAnswer = z
  .object({
    disagreements: z.array(disagreement).describe("Each pair once in the whole audit."),
    next: z
      .string()
      .nullable()
      .describe("For ?after= of the next page, which may come even if this one is empty; null: done."),
  })
  .describe("One page.");
export type AuditAnswer = z.infer<typeof auditAnswer>;
