/** What OAuth clients call. RFC 7591 */
import { z } from "zod";
import { metadataSchema } from "../../login/oauth/client-metadata.ts";
import { oauthErrorAnswer, registeredAnswer } from "../schemas/oauth.ts";
import { type AnswerDoc, json, type Operation } from "./operation.ts";

const TAG = "OAuth clients";

const metadata = {
  client_name: "My application",
  client_uri: "https://app.example.com/",
  redirect_uris: ["https://app.example.com/cb"],
};

function error(code: string, description: string, headers: Readonly<Record<string, string>> = {}): AnswerDoc {
  return json(description, oauthErrorAnswer, { error: code, error_description: description }, headers);
}

export const oauthOperations: readonly Operation[] = [
  {
    method: "post",
    path: "/oauth2/register",
    id: "registerClient",
    tag: TAG,
    summary: "A client registers itself (RFC 7591)",
    description:
      'Nothing is stored: the client id is the signed registration, and the secret follows from it. Any origin may call. With `oauth.registration: "token"` it needs one of `oauth.registrationTokens` as `Authorization: Bearer`.',
    access: "open",
    isOfDomain: true,
    body: { schema: metadataSchema, examples: { web: metadata } },
    answers: {
      201: json("The client is registered.", registeredAnswer, {
        client_id: "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.e30.signature",
        client_secret: "0a".repeat(32),
        client_id_issued_at: 1_795_467_095,
        client_secret_expires_at: 1_803_243_095,
        ...metadata,
        application_type: "web",
        token_endpoint_auth_method: "client_secret_basic",
        grant_types: ["authorization_code", "refresh_token"],
        response_types: ["code"],
      }),
      400: error("invalid_redirect_uri", "A redirect URI or another member is not as it may be."),
      401: error("invalid_token", "Registration needs an initial access token.", { "WWW-Authenticate": "RFC 6750 §3" }),
      403: error("access_denied", "Only the operator registers clients."),
      404: error("invalid_request", "No clients register at this domain."),
      408: error("invalid_client_metadata", "The body was not complete in time."),
      413: error("invalid_client_metadata", "The body is larger than 8 KiB."),
      415: error("invalid_request", "The body is no application/json."),
      429: error("temporarily_unavailable", "Too many clients from this address.", { "Retry-After": "In seconds." }),
    },
  },
  {
    method: "get",
    path: "/oauth2/register",
    id: "registrationSchema",
    tag: TAG,
    summary: "What may be registered, as JSON Schema",
    access: "open",
    answers: {
      200: {
        description: "As mod_http_oauth2 of 2024 answers.",
        content: {
          schema: z.looseObject({ type: z.literal("object") }).describe("JSON Schema"),
          types: ["application/schema+json"],
          examples: { example: { type: "object" } },
        },
      },
    },
  },
];
