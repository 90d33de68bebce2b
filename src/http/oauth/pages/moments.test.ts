import assert from "node:assert/strict";
import { test } from "node:test";
import { dateOf, momentOf } from "./moments.ts";

const NOW = Date.UTC(2026, 10, 29, 14, 40);
const MINUTE = 60_000;
const words = (at: number, now?: number): string => momentOf(at, now).text.replace(/<.*?>/g, "");

test("near moments are told from now, others by their date; the exact one is beside it", () => {
  const cases: readonly (readonly [number, string])[] = [
    [0, "just now"],
    [-59_999, "just now"],
    [30_000, "in less than a minute"],
    [-MINUTE, "1 minute ago"],
    [-59.9 * MINUTE, "59 minutes ago"],
    [10 * MINUTE, "in 10 minutes"],
    [-3.5 * 60 * MINUTE, "3 hours ago"],
    [-25 * 60 * MINUTE, "yesterday"],
    [-6 * 24 * 60 * MINUTE, "6 days ago"],
    [-7 * 24 * 60 * MINUTE, "on 22 November 2026 at 14:40 UTC"],
  ];
  for (const [distance, expected] of cases) assert.equal(words(NOW + distance, NOW), expected);
  assert.equal(words(NOW), "on 29 November 2026 at 14:40 UTC");
  assert.equal(momentOf(NOW, NOW).text, '<time datetime="2026-11-29T14:40:00.000Z">just now</time>');
  assert.equal(dateOf(NOW).text, '<time datetime="2026-11-29T14:40:00.000Z">29 November 2026</time>');
});
