import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { describe, test } from "node:test";
import { readDocument } from "./document.ts";

const LIMITS = { bytes: 1_000, depth: 4, elements: 10 };

function conditionOf(text: string): string {
  const result = readDocument(text, LIMITS);
  return result.ok ? "none" : result.fault.condition;
}

describe("RFC 7395 §3.3: one complete element in a message", () => {
  test("the framing element", () => {
    const result = readDocument(
      "<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='example.com' version='1.0'/>",
      LIMITS,
    );
    ok(result.ok);
    const { name, ns, attrs, inner } = result.element;
    deepStrictEqual({ name, ns, inner }, { name: "open", ns: "urn:ietf:params:xml:ns:xmpp-framing", inner: "" });
    deepStrictEqual({ ...attrs }, { to: "example.com", version: "1.0" });
  });

  test("without a declaration of its own an element is in no namespace", () => {
    const result = readDocument("<message><body>é</body></message>", LIMITS);
    ok(result.ok);
    strictEqual(result.element.ns, "");
    strictEqual(result.element.bytes, Buffer.byteLength("<message><body>é</body></message>"));
  });

  for (const [text, condition] of [
    ["", "not-well-formed"],
    ["  ", "not-well-formed"],
    ["<a>", "not-well-formed"],
    ["<a", "not-well-formed"],
    ["text", "not-well-formed"],
    ["<a/>text", "not-well-formed"],
    ["<a/><b/>", "bad-format"],
    ["<a/></a>", "not-well-formed"],
    ["<a/><?xml version='1.0'?><b/>", "restricted-xml"],
    ["<a/><!-- x -->", "restricted-xml"],
    ["<stream:stream/>", "not-well-formed"],
    ["<a>\ud800</a>", "not-well-formed"],
    [`<a>${"x".repeat(1_000)}</a>`, "policy-violation"],
    ["<a><a><a><a><a/></a></a></a></a>", "policy-violation"],
    [" <a/>\n", "none"],
    ["<?xml version='1.0'?><a/>", "none"],
  ] as const) {
    test(`${JSON.stringify(text.slice(0, 40))}: ${condition}`, () => strictEqual(conditionOf(text), condition));
  }

  test("a bad message leaves nothing behind for the next", () => {
    strictEqual(conditionOf("<a xmlns:p='u' b='"), "not-well-formed");
    strictEqual(conditionOf("<p:a/>"), "not-well-formed");
    strictEqual(conditionOf("<a b='1'>]]</a>"), "none");
  });
});
