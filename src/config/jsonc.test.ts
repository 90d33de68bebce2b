import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseDuration, parseSize } from "../units.ts";
import { parseJsonWithComments } from "./jsonc.ts";

test("comments are skipped outside of strings only", () => {
  const text = '\ufeff{ // one\n "url": "http://h/%s", /* two\n "x": 1 */ "y": "a/*b*/\\"//c" } // end';
  assert.deepEqual(parseJsonWithComments(text), { ok: true, value: { url: "http://h/%s", y: 'a/*b*/"//c' } });
});

test("JSON without comments means what JSON.parse says", () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      assert.deepEqual(parseJsonWithComments(text), { ok: true, value: JSON.parse(text) });
    }),
  );
});

test("a fault names line and column and quotes nothing of the file", () => {
  const bad = '{\n // note\n "secret": "geheim",\n "x" 1\n}';
  assert.deepEqual(parseJsonWithComments(bad), { ok: false, where: "at line 4, column 6" });
  for (const text of ['{"geheim": ', '{"geheim": "x', "", "/* geheim", "{geheim}"]) {
    const result = parseJsonWithComments(text);
    assert.ok(!result.ok && !result.where.includes("geheim"), JSON.stringify(result));
  }
});

test("durations and sizes need a unit", () => {
  const durations = { "500ms": 500, "5s": 5000, "1.5s": 1500, "10m": 600_000, "2h": 7_200_000, "1d": 86_400_000 };
  for (const [text, value] of Object.entries(durations)) assert.equal(parseDuration(text), value);
  const sizes = { "10000B": 10_000, "256kB": 256_000, "64KiB": 65_536, "8MiB": 8_388_608, "1GiB": 1_073_741_824 };
  for (const [text, value] of Object.entries(sizes)) assert.equal(parseSize(text), value);
  for (const text of ["", "5", "s", "5 fortnights", "-5s", "1e3s", "constructor", "5toString"]) {
    assert.equal(parseDuration(text), undefined);
    assert.equal(parseSize(text), undefined);
  }
});
