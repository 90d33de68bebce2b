/** The section `accounts`: the ways in to a domain. */
import { z } from "zod";
import {
  count,
  duration,
  fieldDocs,
  flag,
  isHttpUrl,
  optionalDuration,
  optionalText,
  text,
  textOrTexts,
  texts,
} from "./fields.ts";

/** RFC 7518 §3.2, octets. */
const LEAST_SECRET = 32;
/** ms; a password that was changed must not work for longer. */
const MOST_CACHE = 60_000;
const MOST_SECRETS = 2;

const isSecret = (value: string): boolean => Buffer.byteLength(value) >= LEAST_SECRET;
const someText = (value: string): boolean => value.length > 0;
/** What is signed by a key pair; what is signed by a secret is HS256, and only with `secret`. */
const isAlgorithm = (value: string): boolean =>
  /^(?:(?:RS|PS|ES)(?:256|384|512)|EdDSA|Ed25519|ML-DSA-(?:44|65|87))$/.test(value);

const introspection = z
  .strictObject({
    url: optionalText("an http or https URL", "Where tokens that are no JWT are asked about (RFC 7662).", isHttpUrl),
    clientId: optionalText("a client id", "Kith's name there.", someText),
    clientSecret: optionalText("a client secret", "Kith's secret there, sent by HTTP Basic.", someText),
    cache: duration("60s", "For this long a token that was active is not asked about again."),
    timeout: duration("5s", "Deadline of one call."),
  })
  .superRefine(({ url, clientId, clientSecret }, context) => {
    if (url === null) return;
    for (const [key, value] of [["clientId", clientId] as const, ["clientSecret", clientSecret] as const]) {
      if (value === null)
        context.addIssue({ code: "custom", path: [key], message: "text: introspection.url needs it" });
    }
  })
  .prefault({});

const tokens = z
  .strictObject({
    secret: textOrTexts(
      `at least ${LEAST_SECRET} bytes of text`,
      "Shared with the application, which signs tokens with it (HS256); two while one is replaced. `kith token` and the SDK's `loginToken` use the first.",
      isSecret,
      MOST_SECRETS,
    ),
    jwks: optionalText(
      "an http or https URL, or the path of a file",
      "Public keys of the identity provider (RFC 7517). Needs `issuer` and `audience`.",
      someText,
    ),
    issuer: optionalText("text", "What `iss` must be.", someText),
    audience: optionalText("text", "What `aud` must be or hold; with `secret` alone the domain.", someText),
    algorithms: texts(
      'an algorithm like "RS256"',
      "What tokens verified by `jwks` may be signed with; none given: RS256, ES256, EdDSA, Ed25519.",
      isAlgorithm,
    ),
    userClaim: text("sub", "the name of a claim", "Holds the username, or an address of this domain.", someText),
    clockTolerance: duration("30s", "How far the clocks may differ."),
    maxAge: optionalDuration("A token older than this (by `iat`) is refused although it has not expired."),
    introspection,
    discovery: optionalText(
      "an http or https URL",
      "Told to clients without a good token as `openid-configuration` (RFC 7628).",
      isHttpUrl,
    ),
    endSessionAtExpiry: flag(false, "A session ends when the token does that began it."),
  })
  .superRefine(({ secret, jwks, issuer, audience, introspection: { url } }, context) => {
    if (secret.length === 0 && jwks === null && url === null) {
      context.addIssue({ code: "custom", message: "one of secret, jwks and introspection.url, or null" });
    }
    if (jwks === null) return;
    for (const [key, value] of [["issuer", issuer] as const, ["audience", audience] as const]) {
      if (value === null) context.addIssue({ code: "custom", path: [key], message: "text: jwks needs it" });
    }
  });

const passwords = z
  .strictObject({
    url: optionalText(
      "an http or https URL",
      "Where the application checks passwords, by signed POST. See login.md.",
      isHttpUrl,
    ),
    timeout: duration("5s", "Deadline of one check."),
    cache: duration("30s", "For this long, at most 60s, a password that was right is not asked about again."),
    exists: flag(
      false,
      "The application is also asked whether somebody is still there, before a grant, an app password or a device lets them in.",
    ),
  })
  .superRefine(({ cache, exists, url }, context) => {
    if (cache > MOST_CACHE) context.addIssue({ code: "custom", path: ["cache"], message: 'at most "60s"' });
    if (exists && url === null) {
      context.addIssue({
        code: "custom",
        path: ["exists"],
        message: "false, unless accounts.http.url says where to ask",
      });
    }
  })
  .prefault({});

const fast = z.strictObject({
  lifetime: duration("21d", "A device that was away for longer logs in as it did at first."),
  devices: count(20, 1, 1000, "Devices of one person that may come back so; the longest unused goes first."),
});

export const accountsSchema = z
  .strictObject({
    local: flag(true, "Accounts of `kith user add` may log in. False: SCRAM is not offered."),
    appPasswords: flag(true, "Passwords for single devices, which can be taken back, let in. See login.md."),
    http: passwords,
    fast: fast.nullable().prefault({}).register(fieldDocs, {
      kind: "an object with the keys below, or null",
      doc: "Devices that have logged in come back by a token (XEP-0484); null: never. See login.md.",
      preset: {},
    }),
    tokens: tokens.nullable().prefault(null).register(fieldDocs, {
      kind: "an object with the keys below, or null",
      doc: "Login tokens that the application or its identity provider makes. See login.md.",
      preset: null,
    }),
  })
  .prefault({});
