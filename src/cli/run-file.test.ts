import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { findRunning, type RunFile } from "./run-file.ts";

function folderWith(t: TestContext, text: string): string {
  const folder = mkdtempSync(join(tmpdir(), "kith-run-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, "kith.run.json"), text);
  return folder;
}

test("a damaged kith.run.json is none", async (t) => {
  const rows = ["", "{", "null", "[]", '"x"', "{}", '{"pid":1}', '{"pid":1,"address":"127.0.0.1","ports":null}'];
  const wrongPorts = '{"pid":1,"address":"127.0.0.1","domains":[],"ports":{"c2s":"x"}}';
  for (const text of [...rows, wrongPorts]) assert.equal(await findRunning(folderWith(t, text)), undefined, text);
});

test("only a process that lives and answers counts as running", async (t) => {
  const server = createServer().listen(0, "127.0.0.1");
  t.after(() => server.close());
  await new Promise((resolve) => server.once("listening", resolve));
  const bound = server.address();
  const port = typeof bound === "object" && bound !== null ? bound.port : 0;
  const run: RunFile = {
    pid: process.ppid,
    version: "0",
    startedAt: "",
    url: null,
    address: "127.0.0.1",
    domains: ["localhost"],
    ports: { c2s: port },
    tokenFile: null,
  };
  assert.deepEqual(await findRunning(folderWith(t, JSON.stringify(run))), run);
  assert.equal(await findRunning(folderWith(t, JSON.stringify({ ...run, pid: 2 ** 30 }))), undefined);
  assert.equal(await findRunning(folderWith(t, JSON.stringify({ ...run, ports: {} }))), undefined);
});
