/** What is published: built, without a dependency, with types that a strict program of somebody else takes. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

const SDK = import.meta.dirname;
const TSC = join(SDK, "../node_modules/.bin/tsc");

const PROGRAM = `
import { contactsHandler, createKith, KithApiError, type Roster, toNodeHandler } from "kith-sdk";
const answer = await contactsHandler(async (user) => ({ [\`\${user}@example.com\`]: { groups: ["Friends"] } }))(
  new Request("http://localhost/contacts/john"),
);
const kith = createKith({ url: "http://localhost:5280", token: "t", fetch: async () => new Response("{}", { status: 404 }) });
const roster: Roster | undefined = await kith.roster("john");
const failed: unknown = await kith.explain("john", "marie@example.com").catch((error: unknown) => error);
const right = failed instanceof KithApiError && failed.status === 404 && typeof toNodeHandler === "function";
if (roster !== undefined || answer.status !== 200 || !right) throw new Error("not as it should be");
`;

test("the package builds, imports nothing, and is taken by a strict program", () => {
  const folder = mkdtempSync(join(tmpdir(), "kith-sdk-"));
  try {
    const home = join(folder, "node_modules/kith-sdk");
    mkdirSync(home, { recursive: true });
    const manifest = readFileSync(join(SDK, "package.json"), "utf8");
    writeFileSync(join(home, "package.json"), manifest);
    assert.equal("dependencies" in JSON.parse(manifest), false);
    execFileSync(TSC, ["-p", SDK, "--outDir", join(home, "dist")]);
    for (const name of readdirSync(join(home, "dist"))) {
      const text = readFileSync(join(home, "dist", name), "utf8");
      const imported = [...text.matchAll(/\bfrom "([^"]+)"|\bimport\("([^"]+)"\)/g)].map(
        (match) => match[1] ?? match[2],
      );
      for (const one of imported) assert.match(one ?? "", /^\.\//, name);
      assert.ok(!name.includes(".test."), name);
    }
    writeFileSync(join(folder, "package.json"), '{"type":"module"}');
    writeFileSync(join(folder, "program.ts"), PROGRAM);
    const options = ["--strict", "--module", "nodenext", "--target", "es2024", "--lib", "es2024,dom", "--types", ""];
    execFileSync(TSC, ["--ignoreConfig", ...options, "program.ts"], { cwd: folder, encoding: "utf8" });
    execFileSync(process.execPath, ["program.js"], { cwd: folder });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
