/** docs/security.md names tests: they are there, with these words in a title. */
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

const ROOT = join(import.meta.dirname, "../..");
const FILES = globSync("{src,test}/**/*.test.ts", { cwd: ROOT }).map((path) => `/${path}`);
const page = readFileSync(join(ROOT, "docs/security.md"), "utf8");

/** `file: "words", "words"; file` in the last cell of a table's row. */
function namedIn(row: string): readonly { readonly file: string; readonly words: readonly string[] }[] {
  const cell = row.split("|").at(-2)?.trim() ?? "";
  return cell.split(/; (?=[a-z])/).map((part) => {
    const [file = ""] = part.split(":");
    return { file, words: [...part.matchAll(/"([^"]+)"/g)].map(([, word = ""]) => word) };
  });
}

test("docs/security.md: each line of the checklists names a test that exists", () => {
  const [checklists = ""] = page.split("## Faults of the formula");
  const rows = checklists.split("\n").filter((line) => /^\| (\d|`|[a-z])/.test(line));
  assert.ok(rows.length > 35, String(rows.length));
  for (const row of rows) {
    if (row.endsWith("shown by |")) continue;
    for (const { file, words } of namedIn(row)) {
      const [path, second] = FILES.filter((name) => name.endsWith(`/${file}.test.ts`));
      assert.ok(path !== undefined && second === undefined, `${file} in ${row}`);
      const titles = readFileSync(join(ROOT, path), "utf8").match(/\b(?:test|describe)\((["'`]).*?\1[,)]/g) ?? [];
      for (const word of words)
        assert.ok(
          titles.some((title) => title.includes(word)),
          `${file}: ${word}`,
        );
    }
  }
});
