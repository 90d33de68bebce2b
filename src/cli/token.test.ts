import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { systemClock } from "../clock.ts";
import { createJwtCheck } from "../login/tokens/jwt.ts";

const SECRET = "a-secret-for-tests-of-32-characters";

function kith(t: TestContext, tokens: object | null, ...args: readonly string[]) {
  const folder = mkdtempSync(join(tmpdir(), "kith-test-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const contacts = { url: "http://127.0.0.1:1/%s" };
  writeFileSync(
    join(folder, "kith.config.json"),
    JSON.stringify({ domain: "example.com", contacts, accounts: { tokens } }),
  );
  const main = join(import.meta.dirname, "main.ts");
  return spawnSync(process.execPath, [main, "token", ...args], { cwd: folder, encoding: "utf8" });
}

test("kith token: what it prints is let in by the same configuration", async (t) => {
  const tokens = { secret: [SECRET, `${SECRET}-old`], issuer: "https://app.example", userClaim: "name" };
  const { status, stdout, stderr } = kith(t, tokens, "John@example.com", "--expires", "1m");
  assert.equal(status, 0, stderr);
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
  const verdict = await check(stdout.trim());
  assert.equal(verdict.kind === "right" && verdict.username, "john");
});

test("kith token: without a secret it says what to configure; wrong use is exit 2", (t) => {
  const without = kith(t, null, "john");
  assert.equal(without.status, 1);
  assert.match(without.stderr, /"accounts": \{ "tokens": \{ "secret": "\$\{KITH_LOGIN_SECRET\}"/);
  for (const args of [
    [],
    ["john", "mary"],
    ["john@b.example"],
    ["john", "--expires", "2h"],
    ["john", "--expires", "5"],
  ]) {
    assert.equal(kith(t, { secret: SECRET }, ...args).status, 2, args.join(" "));
  }
});
