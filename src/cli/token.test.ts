import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { type Ended, kith as run } from "../../test/support/cli.ts";
import { systemClock } from "../clock.ts";
import { createJwtCheck } from "../login/tokens/jwt.ts";

const SECRET = "a-secret-for-tests-of-32-characters";

function kith(t: TestContext, tokens: object | null, ...args: readonly string[]): Promise<Ended> {
  const folder = mkdtempSync(join(tmpdir(), "kith-test-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const contacts = { url: "http://127.0.0.1:1/%s" };
  writeFileSync(
    join(folder, "kith.config.json"),
    JSON.stringify({ domain: "example.com", contacts, accounts: { tokens } }),
  );
  return run(folder, ["token", ...args]);
}

test("kith token: what it prints is let in by the same configuration", async (t) => {
  const tokens = { secret: [SECRET, `${SECRET}-old`], issuer: "https://app.example", userClaim: "name" };
  const { code, out, err } = await kith(t, tokens, "John@example.com", "--expires", "1m");
  assert.equal(code, 0, err);
  const check = createJwtCheck({
    domain: "example.com",
    clock: systemClock,
    secrets: [SECRET],
    keySet: undefined,
    algorithms: [],
    issuer: tokens.issuer,
    audience: undefined,
    userClaim: tokens.userClaim,
    clockTolerance: 0,
    maxAge: 60_000,
  });
  const verdict = await check(out.trim());
  assert.equal(verdict.kind === "right" && verdict.username, "john");
});

test("kith token: without a secret it says what to configure; wrong use is exit 2", async (t) => {
  const without = await kith(t, null, "john");
  assert.equal(without.code, 1);
  assert.match(without.err, /"accounts": \{ "tokens": \{ "secret": "\$\{KITH_LOGIN_SECRET\}"/);
  for (const args of [
    [],
    ["john", "mary"],
    ["john@b.example"],
    ["john", "--expires", "2h"],
    ["john", "--expires", "5"],
  ]) {
    assert.equal((await kith(t, { secret: SECRET }, ...args)).code, 2, args.join(" "));
  }
});
