/** Answers that are no subject of their own: errors, health, where the WebSocket is. */
import { z } from "zod";

export const problemAnswer = z
  .object({
    type: z.string().describe("Always about:blank: the status says what kind it is."),
    title: z.string().describe("The name of the status."),
    status: z.int().min(400).max(599).describe("The HTTP status."),
    detail: z.string().describe("What to mend, in a sentence."),
  })
  .describe("An error, RFC 9457.");

export const healthAnswer = z.object({ status: z.literal("ok") }).describe("The process answers.");

export const readyAnswer = z.object({ status: z.literal("ready") }).describe("It can serve people.");

export const notReadyAnswer = z
  .object({ status: z.literal("not ready"), missing: z.array(z.string()).describe("What is not ready.") })
  .describe("It cannot serve people.");

export const hostMetaAnswer = z
  .object({ links: z.array(z.object({ rel: z.string(), href: z.string().describe("URL of the WebSocket.") })) })
  .describe("XEP-0156: how clients connect.");
