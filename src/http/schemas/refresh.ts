/** `POST /roster_admin/refresh` and its single form: what is sent and answered. Contract §4 */
import { z } from "zod";
import { problemFound } from "./roster.ts";

const usernames = z.array(z.string().describe("A username (the localpart of a JID).")).describe("Each counts once.");

export const refreshBody = z
  .union([
    usernames,
    z
      .object({
        users: usernames,
        dryRun: z.boolean().optional().describe("Fetch and tell the differences; keep and send nothing."),
      })
      .describe("With results for each user."),
  ])
  .describe("Whose contacts are fetched again.");

const jids = z.array(z.string().describe("A bare JID."));

export const userResult = z.discriminatedUnion("status", [
  z
    .object({
      status: z.literal("ok").describe("The list is renewed, or marked for the next login."),
      added: jids.describe("Contacts that are new."),
      changed: jids.describe("Contacts with another name, other groups or another subscription."),
      removed: jids.describe("Contacts that are gone."),
      source: z.enum(["app", "none"]).describe("none: the user is offline, and the next login asks."),
      stale: z.boolean().describe("The last attempt to renew the list failed."),
      online: z.number().describe("Sessions of this user."),
      problems: z.array(problemFound).describe("What in the list was left out, cut or mended."),
    })
    .describe("It worked."),
  z
    .object({
      status: z.literal("error").describe("The list could not be renewed; the last good copy stays."),
      failure: z.string().describe("What kind of failure: refused, timeout, status, not-json, too-large, …"),
      message: z.string().describe("The failure in words."),
      stale: z.boolean().describe("A copy is held that could not be renewed."),
      online: z.number().describe("Sessions of this user."),
    })
    .describe("It failed."),
]);

export const refreshAnswer = z
  .object({
    status: z.enum(["ok", "error"]).describe("error: all of them failed."),
    message: z.string().describe("The same in words."),
    updated: z
      .number()
      .describe("Users whose list is renewed or marked old; somebody offline or unknown is one of them."),
    errors: z.number().describe("Users whose list could not be renewed."),
    results: z
      .record(z.string().describe("The username, prepared."), userResult)
      .optional()
      .describe("Only with ?results=1, or when the body is an object."),
  })
  .describe("Given when the new lists are stored and the pushes are in the queues of the sessions.");

export const refreshOneAnswer = z
  .object({
    status: z.enum(["ok", "error"]).describe("error comes with 502 or 504."),
    message: z.string().describe("What happened."),
  })
  .describe("The origin's single form.");
