/** docs/login.md: every configuration in it is accepted as it stands. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { mistakeLine } from "../../src/config/mistake.ts";
import { parseConfig } from "../../src/config/parse.ts";

const page = readFileSync(join(import.meta.dirname, "../../docs/login.md"), "utf8");
const environment = {
  KITH_LOGIN_SECRET: "0".repeat(64),
  CONTACTS_SECRET: `whsec_${Buffer.alloc(32).toString("base64")}`,
  INTROSPECTION_SECRET: "secret",
  KITH_OAUTH_KEY: "0".repeat(64),
};

test("docs/login.md: its configurations can be copied", () => {
  const blocks = [...page.matchAll(/```json\n([\s\S]*?)```/g)].map(([, block = ""]) => block);
  assert.ok(blocks.length >= 6, String(blocks.length));
  for (const block of blocks) {
    const result = parseConfig(JSON.parse(block), { folder: "/", environment });
    assert.ok(result.ok, result.ok ? "" : result.mistakes.map(mistakeLine).join("\n"));
  }
});
