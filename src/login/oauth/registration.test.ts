import assert from "node:assert/strict";
import { createSecretKey } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import fc from "fast-check";
import { anyText } from "../../../test/support/text.ts";
import { readMetadata, redirectsOf } from "./client-metadata.ts";
import {
  CLIENT_LIFETIME,
  clientHash,
  clientSecret,
  LONGEST_CLIENT_ID,
  perHostKey,
  Registration,
  type RegistrationOptions,
  signPayload,
} from "./registration.ts";

interface Vectors {
  readonly per_host_keys: readonly { registration_key: string; host: string; per_host_key_hex: string }[];
  readonly derivation: readonly {
    name: string;
    variant: "seed" | "newest";
    registration_key: string;
    host: string;
    header_json: string;
    payload_json: string;
    client_id: string;
    client_secret: string;
    client_hash: string;
    clock: number;
  }[];
  readonly verification: readonly {
    name: string;
    token: string | { seed: string; newest: string };
    verify_at: number;
    verify_host: string;
    verify_registration_key: string;
    verdicts: { seed: { accepted: boolean }; newest: { accepted: boolean } };
  }[];
  readonly registrations: readonly {
    name: string;
    variant: "seed" | "newest";
    host: string;
    registration_key: string;
    request_body: string;
    status: number;
    payload_json: string;
    response: { client_id: string; client_secret?: string };
  }[];
}

const file = new URL("../../../test/vectors/oauth2-registration.json", import.meta.url);
const vectors: Vectors = JSON.parse(readFileSync(file, "utf8"));
const KEY = "correct-horse-battery-staple-0123456789";
const METADATA = { client_name: "A", client_uri: "https://a.example/", redirect_uris: ["https://a.example/cb"] };

function registration(options: Partial<RegistrationOptions> = {}): Registration {
  return new Registration({
    domain: "example.com",
    keys: [KEY],
    compat: "seed",
    denied: new Set(),
    issuedSince: undefined,
    ...options,
  });
}

function hostKey(key: string, host: string) {
  return createSecretKey(perHostKey(key, host));
}

describe("the formula, byte for byte", () => {
  for (const { registration_key, host, per_host_key_hex } of vectors.per_host_keys) {
    test(`per-host key of ${host}`, () => {
      assert.equal(perHostKey(registration_key, host).toString("hex"), per_host_key_hex);
    });
  }

  for (const row of vectors.derivation) {
    test(`derivation ${row.variant} ${row.name} at ${row.host}`, () => {
      const host = hostKey(row.registration_key, row.host);
      const jwt = row.variant === "seed" ? host : createSecretKey(Buffer.from(row.registration_key));
      assert.equal(signPayload(jwt, row.payload_json), row.client_id);
      assert.equal(clientSecret(host, row.client_id), row.client_secret);
      assert.equal(clientHash(row.client_id), row.client_hash);
      const compat = row.variant === "seed" ? "seed" : "prosody";
      const verified = registration({ domain: row.host, keys: [row.registration_key], compat }).verify(
        row.client_id,
        row.clock,
      );
      assert.ok(verified.ok);
      assert.equal(verified.client.secret, row.client_secret);
    });
  }

  for (const row of vectors.registrations.filter((one) => one.variant === "seed" && one.status === 201)) {
    test(`issued by the ancestor: ${row.name} at ${row.host}`, () => {
      const host = hostKey(row.registration_key, row.host);
      assert.equal(signPayload(host, row.payload_json), row.response.client_id);
      assert.equal(clientSecret(host, row.response.client_id), row.response.client_secret);
    });
  }
});

describe("verification", () => {
  /** Refused although the ancestor takes them: oauth.md §1.6. */
  const STRICTER = [
    "no-typ",
    "typ-other",
    "unknown-crit",
    "nbf-in-the-future",
    "payload-is-an-array",
    "no-nonce-no-redirect-uris",
  ];
  for (const row of vectors.verification) {
    const seed = typeof row.token === "string" ? row.token : row.token.seed;
    const newest = typeof row.token === "string" ? row.token : row.token.newest;
    const parts = { domain: row.verify_host, keys: [row.verify_registration_key] };
    test(`seed: ${row.name}`, () => {
      const expected = row.verdicts.seed.accepted && !STRICTER.includes(row.name);
      assert.equal(registration(parts).verify(seed, row.verify_at).ok, expected);
    });
    // Such a server was told to look at exp; the default of that version is not to.
    if (row.name === "expired-with-ttl-configured") continue;
    test(`prosody: ${row.name}`, () => {
      const { ok } = registration({ ...parts, compat: "prosody" }).verify(newest, row.verify_at);
      if (STRICTER.includes(row.name) || !(row.verdicts.newest.accepted || row.verdicts.seed.accepted))
        assert.equal(ok, false);
      else if (row.verdicts.newest.accepted) assert.equal(ok, true);
    });
  }

  test("an older key of two still verifies, with its own secret; the first signs", () => {
    const before = registration({ keys: ["old key that is long enough to be one"] }).register(METADATA, 100);
    assert.ok(before);
    const both = registration({ keys: [KEY, "old key that is long enough to be one"] });
    const verified = both.verify(before.clientId, 200);
    assert.ok(verified.ok);
    assert.equal(verified.client.secret, before.secret);
    const after = both.register(METADATA, 200);
    assert.ok(after && registration().verify(after.clientId, 200).ok);
  });

  test("good until its last second, and not after", () => {
    const made = registration().register(METADATA, 1000);
    assert.ok(made);
    assert.equal(made.expiresAt, 1000 + CLIENT_LIFETIME);
    assert.ok(registration().verify(made.clientId, 1000 + CLIENT_LIFETIME).ok);
    assert.deepEqual(registration().verify(made.clientId, 1001 + CLIENT_LIFETIME), { ok: false, reason: "expired" });
  });

  test("what was found right before is refused when its time is over, and is there again for an earlier clock", () => {
    const known = registration();
    const made = known.register(METADATA, 1000);
    assert.ok(made);
    const first = known.verify(made.clientId, 1000);
    assert.deepEqual(known.verify(made.clientId, 1000), first);
    assert.deepEqual(known.verify(made.clientId, 1001 + CLIENT_LIFETIME), { ok: false, reason: "expired" });
    assert.deepEqual(known.verify(made.clientId, 1000), first);
    const later = signPayload(hostKey(KEY, "example.com"), JSON.stringify({ ...METADATA, nbf: 50 }));
    assert.deepEqual(known.verify(later, 49), { ok: false, reason: "not-yet" });
    assert.ok(known.verify(later, 50).ok);
  });

  test("denied by hash, or by the moment of registration", () => {
    const made = registration().register(METADATA, 1000);
    assert.ok(made);
    const denied = new Set([clientHash(made.clientId)]);
    assert.deepEqual(registration({ denied }).verify(made.clientId, 1000), { ok: false, reason: "denied" });
    assert.ok(registration({ issuedSince: 1000 }).verify(made.clientId, 1000).ok);
    assert.deepEqual(registration({ issuedSince: 1001 }).verify(made.clientId, 1001), {
      ok: false,
      reason: "before-cut-off",
    });
  });

  test("at most 2048 characters", () => {
    const client_name = "x".repeat(1500);
    assert.equal(registration().register({ ...METADATA, client_name }, 1), undefined);
    const long = signPayload(hostKey(KEY, "example.com"), JSON.stringify({ ...METADATA, client_name }));
    assert.ok(long.length > LONGEST_CLIENT_ID);
    assert.deepEqual(registration().verify(long, 1), { ok: false, reason: "too-long" });
  });

  test("law: one changed character, wherever it is, and the id is refused", () => {
    const made = registration().register(METADATA, 1);
    assert.ok(made);
    const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=\n";
    fc.assert(
      fc.property(fc.nat(made.clientId.length - 1), fc.constantFrom(...letters), (at, letter) => {
        const changed = made.clientId.slice(0, at) + letter + made.clientId.slice(at + 1);
        return changed === made.clientId || !registration().verify(changed, 1).ok;
      }),
    );
  });

  test("law: text of any kind is refused without throwing", () => {
    fc.assert(fc.property(anyText(), (text) => !registration({ compat: "prosody" }).verify(text, 1).ok));
  });
});

describe("metadata", () => {
  /** What the newer ancestor takes and Kith does not: a fragment, and times that the client chose. */
  const STRICTER = ["redirect-with-fragment", "own-iat-exp-nonce"];
  for (const row of vectors.registrations.filter((one) => one.variant === "newest")) {
    test(`${row.name} at ${row.host}: ${row.status}`, () => {
      let posted: unknown;
      try {
        posted = JSON.parse(row.request_body);
      } catch {
        assert.equal(row.status, 400);
        return;
      }
      const read = readMetadata(posted);
      assert.equal(read.ok, row.status === 201 && !STRICTER.includes(row.name));
      if (read.ok) assert.notEqual(redirectsOf(read.metadata), undefined);
      else if (row.name.startsWith("redirect-")) assert.equal(read.error, "invalid_redirect_uri");
    });
  }

  test("unknown members are dropped before signing", () => {
    const read = readMetadata({ ...METADATA, x_custom: { a: 1 }, jwks: { keys: [] } });
    assert.ok(read.ok);
    assert.deepEqual(Object.keys(read.metadata).sort(), [
      "application_type",
      "client_name",
      "client_uri",
      "grant_types",
      "redirect_uris",
      "response_types",
      "token_endpoint_auth_method",
    ]);
  });

  const REFUSED = [
    "javascript:alert(1)",
    "data:text/html,x",
    "/cb",
    "https://a.example/cb#f",
    "https://a.example@evil.example/cb",
    "https://user@a.example/cb",
    "https://a.example.evil.example/cb",
    "https://a.example\\@evil.example/",
    "http://a.example/cb",
    "http://localhost.evil.example/cb",
    "http://127.0.0.1@evil.example/cb",
    "vbscript:x",
    "file:///etc/passwd",
    " https://a.example/cb",
    "",
  ];
  for (const redirect of REFUSED) {
    test(`RFC 9700 §2.1: no redirect to ${JSON.stringify(redirect)}`, () => {
      const read = readMetadata({ ...METADATA, redirect_uris: [redirect] });
      assert.ok(!read.ok);
      assert.equal(read.error, "invalid_redirect_uri");
      // Nor with an id that an older server signed.
      assert.equal(redirectsOf({ ...METADATA, redirect_uris: [redirect] })?.includes(redirect) ?? false, false);
    });
  }
});

test("isTakenBack: denied, from before the cut-off, of a key that is gone; not because time passed", () => {
  const now = 1_700_000_000;
  const id = registration().register(METADATA, now)?.clientId ?? "";
  assert.equal(registration().isTakenBack(id), false);
  assert.equal(registration().verify(id, now + 2 * CLIENT_LIFETIME).ok, false);
  assert.equal(registration({ denied: new Set([clientHash(id)]) }).isTakenBack(id), true);
  assert.equal(registration({ issuedSince: now + 1 }).isTakenBack(id), true);
  assert.equal(registration({ keys: [`${KEY}-new`] }).isTakenBack(id), true);
  assert.equal(registration({ keys: [`${KEY}-new`, KEY] }).isTakenBack(id), false);
});
