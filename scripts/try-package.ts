/** Builds the package, lets publint look at it, and installs it in an empty folder as others would. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { publint } from "publint";

const root = join(import.meta.dirname, "..");
const folder = mkdtempSync(join(tmpdir(), "kith-package-"));

function run(command: string, args: readonly string[], cwd: string): string {
  return execFileSync(command, args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
}

try {
  rmSync(join(root, "dist"), { recursive: true, force: true }); // `npm pack` alone must do, also in a fresh clone
  const [packed] = JSON.parse(run("npm", ["pack", "--json", "--pack-destination", folder], root));
  assert.deepEqual((await publint({ pkgDir: root, strict: true })).messages, []);
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }));
  run("npm", ["install", "--no-audit", "--no-fund", "--prefer-offline", packed.filename], folder);
  const version = run(join(folder, "node_modules/.bin/kith"), ["version"], folder).trim();
  assert.match(version, new RegExp(`\\b${packed.version.replaceAll(".", "\\.")}\\b`));
  const program = `
    import { createServer } from "kith-xmpp";
    const server = await createServer({
      domain: "example.com",
      contacts: async (username) => ({ "marie@example.com": { name: "Marie" } }),
      listen: { c2s: 0, c2sTls: null, http: 0, https: null },
      storage: "memory",
    });
    const results = await server.refresh(["john"], { dryRun: true });
    console.log(results.get("john").added.join());
    await server.close();
  `;
  writeFileSync(join(folder, "own.js"), program);
  assert.equal(run(process.execPath, ["own.js"], folder).trim(), "marie@example.com");
  console.log(
    `${packed.filename}: ${packed.files.length} files, ${Math.round(packed.unpackedSize / 1024)} KiB unpacked, command and import work`,
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
