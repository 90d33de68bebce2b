/** Clients that register themselves: RFC 7591 §3.2. */
import { z } from "zod";
import { metadataSchema } from "../../login/oauth/client-metadata.ts";

export const registeredAnswer = metadataSchema
  .extend({
    client_id: z.string().describe("The signed registration itself; stored nowhere."),
    client_secret: z.string().optional().describe("64 characters; absent with token_endpoint_auth_method none."),
    client_id_issued_at: z.int().describe("Seconds since 1970."),
    client_secret_expires_at: z.int().describe("Seconds since 1970: until then the client id is good. 0: for ever."),
  })
  .describe("The client, with all that was registered: what was posted, and the defaults.");

export const oauthErrorAnswer = z
  .object({
    error: z.string().describe("A code of RFC 7591 §3.2.2 or RFC 6749 §5.2."),
    error_description: z.string().describe("What to mend, in a sentence."),
  })
  .describe("An error in the words of OAuth.");
