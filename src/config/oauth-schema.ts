/** The section `oauth`: clients that register by themselves, and the authorization server for them. */
import { z } from "zod";
import { duration, oneOf, optionalText, textOrTexts, texts } from "./fields.ts";

/** RFC 2104 §3: a key as long as the hash; the ancestor takes any. Octets. */
const LEAST_KEY = 32;
const MOST_KEYS = 2;

const isKey = (value: string): boolean => Buffer.byteLength(value) >= LEAST_KEY;
const isToken = (text: string): boolean => /^[A-Za-z0-9\-._~+/]+=*$/.test(text);
const isHash = (text: string): boolean => /^[A-Za-z0-9_-]{43}$/.test(text);
const isMoment = (text: string): boolean =>
  /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/.test(text) && !Number.isNaN(Date.parse(text));

export const oauthSchema = z
  .strictObject({
    registrationKey: textOrTexts(
      `at least ${LEAST_KEY} bytes of text`,
      "Signs the ids of OAuth clients, which are stored nowhere; two while one is replaced: the first signs, both verify. With it the authorization server runs. The same as `oauth2_registration_key` of mod_http_oauth2.",
      isKey,
      MOST_KEYS,
    ),
    registration: oneOf(
      ["open", "token", "off"],
      "open",
      "Who may register a client: everybody, who has one of `registrationTokens`, or only an operator by `kith oauth register`.",
    ),
    registrationTokens: texts(
      "a bearer token",
      'Initial access tokens (RFC 7591 §3) for `registration: "token"`.',
      isToken,
    ),
    compat: oneOf(
      ["seed", "prosody"],
      "seed",
      '"prosody": also reads client ids that mod_http_oauth2 signed after 2023-03-03.',
    ),
    denied: texts(
      "the base64url SHA-256 of a client id",
      "Clients that are refused; `kith oauth hash` prints what to put here.",
      isHash,
    ),
    issuedSince: optionalText(
      'a date and time like "2026-12-24T18:00:00Z"',
      "Clients registered before are refused.",
      isMoment,
    ),
    accessToken: duration("1h", "How long an access token is good for."),
    refreshToken: duration("90d", "How long a program may stay away before the person has to allow it again."),
  })
  .superRefine(({ registration, registrationTokens, registrationKey }, context) => {
    if (registration !== "token" || registrationKey.length === 0 || registrationTokens.length > 0) return;
    const message = 'at least one token: registration is "token"';
    context.addIssue({ code: "custom", path: ["registrationTokens"], message });
  })
  .prefault({});
