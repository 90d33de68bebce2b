import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { KithError } from "../errors.ts";
import { keptToken, TOKEN_FILE } from "./token-file.ts";

function folderFor(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "kith-token-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

test("a token is made once, in a file that only this user reads", (t) => {
  const folder = join(folderFor(t), "data");
  const { token, path } = keptToken(folder);
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.equal(statSync(folder).mode & 0o777, 0o700);
  assert.equal(readFileSync(path, "utf8").trim(), token);
  assert.equal(keptToken(folder).token, token);
});

test("an empty file is filled: without a token nobody could call", (t) => {
  const folder = folderFor(t);
  const path = join(folder, TOKEN_FILE);
  writeFileSync(path, "\n");
  chmodSync(path, 0o644);
  const { token } = keptToken(folder);
  assert.match(token, /^[\w-]{43}$/);
  assert.equal(keptToken(folder).token, token);
  assert.equal(statSync(path).mode & 0o777, 0o600);
});

test("where nothing can be kept, the error says so", (t) => {
  const file = join(folderFor(t), "file");
  writeFileSync(file, "");
  assert.throws(() => keptToken(file), isStorageFailed);
});

function isStorageFailed(error: unknown): boolean {
  return error instanceof KithError && error.code === "storage-failed";
}
