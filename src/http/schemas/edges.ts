/** `POST /roster_admin/edges`: what is sent and answered. Contract §4 */
import { z } from "zod";

const pair = z
  .tuple([z.string().describe("A username."), z.string().describe("Another username.")])
  .describe("Two users of the same domain, in any order.");

export const edgesBody = z
  .object({
    connect: z.array(pair).optional().describe("Pairs that become contacts of each other, subscription both."),
    disconnect: z.array(pair).optional().describe("Pairs that are contacts of each other no longer."),
  })
  .describe("Pairs of users. A pair may stand in one of the two members only.");

export const edgesAnswer = z
  .object({
    status: z
      .enum(["ok", "error"])
      .describe("error: something failed; what is counted was done before it and stays done."),
    connected: z.number().describe("Pairs that are connected now; those that were so already count too."),
    disconnected: z.number().describe("Pairs that are disconnected now; those that were so already count too."),
    message: z.string().optional().describe("Only with status error: why."),
  })
  .describe("What was done. Each pair counts once, in whatever order its two were named.");
export type EdgesAnswer = z.infer<typeof edgesAnswer>;
