/** Client ids of others, of the past, and forged ones, at a running server: the recorded vectors, by their own clock. */
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { parseConfig } from "../../src/config/parse.ts";
import { silentLog } from "../../src/log.ts";
import { clientHash } from "../../src/login/oauth/registration.ts";
import { startServer } from "../../src/server.ts";
import { FakeClock } from "../support/clock.ts";
import { postForm, refusal } from "../support/oauth-world.ts";

interface Row {
  readonly name: string;
  readonly token: string | Readonly<Record<"seed" | "newest", string>>;
  readonly verify_at: number;
}
interface Derived {
  readonly name: string;
  readonly variant: "seed" | "newest";
  readonly host: string;
  readonly registration_key: string;
  readonly clock: number;
  readonly client_id: string;
  readonly client_secret: string;
}

const file = new URL("../vectors/oauth2-registration.json", import.meta.url);
const vectors = JSON.parse(readFileSync(file, "utf8")) as {
  verification: readonly Row[];
  derivation: readonly Derived[];
};
const KEY = "correct-horse-battery-staple-0123456789";
const AT = 1_700_000_060;
const REDIRECT = "https://app.example.com/redirect";
const CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"; // RFC 7636 appendix B

/** Of the recorded clients. */
const REDIRECTS: Readonly<Record<string, string>> = {
  native: "http://localhost:8080/redirect",
  unicode: `${REDIRECT}?a=1&b=%20`,
};

/** A server of this domain, at this second. */
async function startAt(seconds: number, oauth: Record<string, unknown> = {}, domain = "example.com") {
  const config = parseConfig(
    {
      domain,
      contacts: { url: "http://127.0.0.1:1/%s" },
      listen: { address: "127.0.0.1", c2s: null, c2sTls: null, http: 0, https: null },
      http: { tokens: ["a-token-for-tests-of-at-least-32-characters"] },
      storage: "memory",
      oauth: { registrationKey: KEY, ...oauth },
    },
    { folder: import.meta.dirname, environment: {} },
  );
  assert.ok(config.ok, JSON.stringify(config));
  const clock = new FakeClock(seconds * 1000);
  const server = await startServer(config.config, { log: silentLog, clock, dataFolder: undefined });
  const base = `http://127.0.0.1:${server.ports.http}`;
  return {
    base,
    clock,
    /** "log in", or the code of the error page. */
    async authorize(clientId: string, redirect = REDIRECT): Promise<string> {
      const query = { client_id: clientId, redirect_uri: redirect, response_type: "code", code_challenge: CHALLENGE };
      const url = `${base}/oauth2/authorize?${new URLSearchParams({ ...query, code_challenge_method: "S256" })}`;
      const answer = await fetch(url, { redirect: "manual" });
      if (answer.headers.get("location")?.startsWith("/oauth2/login/")) return "log in";
      assert.deepEqual([answer.status, answer.headers.get("location")], [400, null]);
      return /<code>(\w+), HTTP 400<\/code>/.exec(await answer.text())?.[1] ?? "?";
    },
    /** Of a code that does not exist. */
    async token(clientId: string, secret: string): Promise<unknown> {
      const form = {
        grant_type: "authorization_code",
        code: "x",
        redirect_uri: REDIRECT,
        code_verifier: "y".repeat(43),
      };
      return (await refusal(await postForm(`${base}/oauth2/token`, form, [clientId, secret])))[1];
    },
    async [Symbol.asyncDispose]() {
      await server.close();
    },
  };
}

function tokenOf({ token }: Row, variant: "seed" | "newest" = "seed"): string {
  return typeof token === "string" ? token : token[variant];
}

function row(name: string, variant?: "seed" | "newest"): string {
  const found = vectors.verification.find((one) => one.name === name);
  assert.ok(found, name);
  return tokenOf(found, variant);
}

/** Signed and refused all the same: oauth.md §1.6 has the reasons. */
const STRICTER = [
  "no-typ",
  "typ-other",
  "unknown-crit",
  "nbf-in-the-future",
  "payload-is-an-array",
  "no-nonce-no-redirect-uris",
];
const GOOD = [
  "valid",
  "signed-with-per-host-key",
  "expires-this-second-with-ttl-configured",
  "no-exp-with-ttl-configured",
  "iat-in-the-future",
];

test("RFC 8725 §3: of all forged, foreign and broken client ids not one begins an authorization", async () => {
  await using at = await startAt(AT);
  assert.ok(vectors.verification.length > 30);
  for (const vector of vectors.verification) {
    assert.equal(vector.verify_at, AT);
    const expected = GOOD.includes(vector.name)
      ? "log in"
      : tokenOf(vector) === ""
        ? "invalid_request"
        : "invalid_client";
    assert.equal(await at.authorize(tokenOf(vector)), expected, vector.name);
  }
  for (const name of STRICTER) assert.equal(await at.authorize(row(name)), "invalid_client", name);
});

test("one registration has one spelling: any other text of it is nobody", async () => {
  await using at = await startAt(AT);
  const id = row("valid");
  assert.equal(await at.authorize(id), "log in");
  for (const other of [
    `${id}=`,
    `${id}\n`,
    ` ${id}`,
    `${id} `,
    id.replace(".", ".."),
    `${id}.`,
    id.toLowerCase(),
    id.slice(1),
  ]) {
    assert.notEqual(await at.authorize(other), "log in", JSON.stringify(other));
  }
  for (const at64 of "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") {
    const other = id.slice(0, -1) + at64;
    if (other !== id) assert.equal(await at.authorize(other), "invalid_client", other.slice(-4));
  }
  assert.equal(await at.authorize("x".repeat(2049)), "invalid_client");
});

test("RFC 7519 §4.1.4: a client id ends with the second of its exp, also while the server runs", async () => {
  await using at = await startAt(AT);
  const id = row("valid");
  const { exp } = JSON.parse(Buffer.from(id.split(".")[1] ?? "", "base64url").toString()) as { readonly exp: number };
  await at.clock.advance((exp - AT) * 1000);
  assert.equal(await at.authorize(id), "log in");
  await at.clock.advance(1000);
  assert.equal(await at.authorize(id), "invalid_client");
});

test("oauth.denied, oauth.issuedSince: one client, or all of before, are refused at both endpoints", async () => {
  const id = row("valid");
  const secret = vectors.derivation.find(({ client_id }) => client_id === id)?.client_secret ?? "0".repeat(64);
  const { iat } = JSON.parse(Buffer.from(id.split(".")[1] ?? "", "base64url").toString()) as { readonly iat: number };
  const since = (seconds: number) => ({ issuedSince: new Date(seconds * 1000).toISOString() });
  for (const [oauth, expected] of [
    [{ denied: [clientHash(id)] }, "invalid_client"],
    [{ denied: [clientHash(`${id}x`)] }, "log in"],
    [since(iat + 1), "invalid_client"],
    [since(iat), "log in"],
  ] as const) {
    await using at = await startAt(AT, oauth);
    assert.equal(await at.authorize(id), expected, JSON.stringify(oauth));
    if (expected !== "log in") assert.equal(await at.token(id, secret), "invalid_client");
  }
});

test("two live keys: both verify, each with its own secret; a key that is gone does not", async () => {
  const other = "another-key-for-tests-0123456789-abcdef";
  const id = row("valid");
  const perHost = createHmac("sha256", KEY).update("example.com").digest();
  const secret = createHmac("sha256", perHost).update(id).digest("hex");
  for (const [keys, expected] of [
    [[KEY, other], "invalid_grant"],
    [[other, KEY], "invalid_grant"],
    [[other], "invalid_client"],
  ] as const) {
    await using at = await startAt(AT, { registrationKey: keys });
    assert.equal(await at.authorize(id), expected === "invalid_grant" ? "log in" : "invalid_client");
    assert.equal(await at.token(id, secret), expected); // the code does not exist, the client does
    const wrong = createHmac("sha256", createHmac("sha256", other).update("example.com").digest())
      .update(id)
      .digest("hex");
    assert.equal(await at.token(id, wrong), "invalid_client");
  }
});

test('oauth.compat "prosody": ids of the newer ancestor are read, with their secrets, and only then', async () => {
  const byHost = Map.groupBy(vectors.derivation, ({ host }) => host);
  for (const [host, all] of byHost) {
    for (const compat of ["seed", "prosody"] as const) {
      await using at = await startAt(all[0]?.clock ?? 0, { registrationKey: all[0]?.registration_key, compat }, host);
      for (const { client_id: id, client_secret: secret, variant, name } of all) {
        const isKnown = variant === "seed" || compat === "prosody";
        const redirect = REDIRECTS[name] ?? REDIRECT;
        assert.equal(
          await at.authorize(id, redirect),
          isKnown ? "log in" : "invalid_client",
          `${variant} ${host} ${name}`,
        );
        assert.equal(await at.token(id, secret), isKnown ? "invalid_grant" : "invalid_client");
        assert.notEqual(await at.authorize(id, "urn:ietf:wg:oauth:2.0:oob"), "log in");
      }
    }
  }
});

test("RFC 9700 §2.1: an id that the ancestor signed, whose redirects break the rules, begins nothing", async () => {
  await using at = await startAt(AT);
  const perHost = createHmac("sha256", KEY).update("example.com").digest();
  const sign = (metadata: unknown): string => {
    const parts = [{ alg: "HS256", typ: "JWT" }, metadata].map((part) =>
      Buffer.from(JSON.stringify(part)).toString("base64url"),
    );
    return `${parts.join(".")}.${createHmac("sha256", perHost).update(parts.join(".")).digest("base64url")}`;
  };
  const signed = (redirects: unknown, more: object = {}) =>
    sign({ client_name: "A", redirect_uris: redirects, iat: AT, exp: AT + 100, ...more });
  assert.equal(await at.authorize(signed([REDIRECT])), "log in");
  for (const bad of [
    "javascript:alert(1)",
    "data:text/html,x",
    "http://app.example.com/redirect",
    "/redirect",
    "https://app.example.com/redirect#x",
    "https://user@app.example.com/redirect",
    "myapp:/redirect",
  ]) {
    assert.equal(await at.authorize(signed([bad]), bad), "invalid_client", bad);
    assert.equal(await at.authorize(signed([REDIRECT, bad])), "invalid_client", bad);
  }
  assert.equal(await at.authorize(signed([REDIRECT], { client_uri: "https://elsewhere.example/" })), "invalid_client");
  for (const none of [[], null, "x", [1], [""], Array(21).fill(REDIRECT)]) {
    assert.equal(await at.authorize(signed(none)), "invalid_client", JSON.stringify(none));
  }
});
