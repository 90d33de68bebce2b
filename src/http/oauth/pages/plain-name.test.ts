import assert from "node:assert/strict";
import { test } from "node:test";
import { plainName, plainText } from "./plain-name.ts";

const shown = (name: string): string => plainName(name, "none");

test("a name is one line without controls, direction overrides and what cannot be seen", () => {
  assert.equal(shown("  Chat\r\n\tfor\u2028all\u00A0  "), "Chat for all");
  assert.equal(shown("safe\u202Egnp.exe\u202C\u2066x\u2069\u200F"), "safegnp.exex");
  assert.equal(shown("Pay\u200BPal\u00AD\uFEFF\u0007\u{E0041}\uE000"), "PayPal");
  assert.equal(shown("a\uD800b"), "ab");
});

test("a name of which nothing can be seen is said to be none", () => {
  for (const name of ["", " ", "\u200B\u2060", "\u3164\u115F", "\u2800\u2800", "\u202E"]) {
    assert.equal(shown(name), "none", JSON.stringify(name));
  }
});

test("a long name is cut between characters, an address never", () => {
  assert.equal(shown("x".repeat(60)), "x".repeat(60));
  assert.equal(shown("x".repeat(61)), `${"x".repeat(60)}…`);
  const emoji = shown("😀".repeat(5000));
  assert.equal(emoji, `${"😀".repeat(60)}…`);
  const address = `${"a.".repeat(200)}example`;
  assert.equal(plainText(address), address);
});

test("names of all languages stay as they are, emoji too", () => {
  for (const name of ["Chât 2.0 – für alle", "דוא״ל", "دردشة", "チャット", "แชท", "👩‍🚀 ❤️ 👍🏽", "A&B <i>"]) {
    assert.equal(shown(name), name);
  }
});

test("marks piled on one letter do not reach other lines", () => {
  assert.equal(shown(`Z${"\u0351".repeat(500)}algo`), `Z${"\u0351".repeat(3)}algo`);
});
