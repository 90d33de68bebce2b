/** Every row of the origin's faults and behaviours has a test that carries its id in the title. */
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { test } from "node:test";

function rows(letter: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${letter}${index + 1}`);
}

test("every A, G and B row of the origin is named by a test", () => {
  const root = new URL("../../", import.meta.url).pathname;
  const titles: string[] = [];
  for (const file of globSync("{src,test,examples}/**/*.test.ts", { cwd: root })) {
    const text = readFileSync(`${root}${file}`, "utf8");
    for (const match of text.matchAll(/\b(?:test|it|story)\(\s*(["'`])(.*?)\1/gs)) titles.push(match[2] ?? "");
    for (const match of text.matchAll(/^ {2}"([AGB]\d+[^"]*)":/gm)) titles.push(match[1] ?? "");
  }
  for (const file of globSync("test/transcripts/*.txt", { cwd: root })) {
    titles.push(readFileSync(`${root}${file}`, "utf8").split("\n")[0] ?? "");
  }
  const named = new Set(titles.flatMap((title) => title.match(/\b[AGB]\d+\b/g) ?? []));
  const missing = [...rows("A", 20), ...rows("G", 40), ...rows("B", 6)].filter((row) => !named.has(row));
  assert.deepEqual(missing, []);
});
