/** `GET /roster_admin/presence`: what is answered. Contract §4 */
import { z } from "zod";

export const resourcePresence = z
  .object({
    resource: z.string().describe("Which of the user's clients."),
    show: z
      .enum(["away", "chat", "dnd", "xa"])
      .nullable()
      .describe("How the client says its user is (RFC 6121 §4.7.2.1); null: just available."),
    priority: z.number().describe("-128 to 127 (RFC 6121 §4.7.2.3)."),
  })
  .describe("One available resource.");

export const userPresence = z
  .object({
    online: z.boolean().describe("At least one resource is available."),
    resources: z.array(resourcePresence).describe("The available ones, the oldest first."),
    lastActivity: z.iso
      .datetime({ offset: true })
      .nullable()
      .describe("When one of the clients last sent presence or a message, came or left; null: never seen here."),
  })
  .describe("One user.");

export const presenceAnswer = z
  .record(z.string().describe("The username, prepared."), userPresence)
  .describe("The presence of each.");
export type UserPresence = z.infer<typeof userPresence>;
