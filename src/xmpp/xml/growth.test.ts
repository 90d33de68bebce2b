import { ok, strictEqual } from "node:assert/strict";
import { describe, test } from "node:test";
import { readDocument } from "./document.ts";

const LIMITS = { bytes: 262_144, depth: 64, elements: 5_000 };
const LONG = `u:${"x".repeat(100_000)}`;

function conditionOf(inside: string, attributes = ""): string | undefined {
  const read = readDocument(`<message xmlns='jabber:client'${attributes}>${inside}</message>`, LIMITS);
  return read.ok ? undefined : read.fault.condition;
}

describe("RFC 6120 §13.12: what is written once may not be copied thousands of times when it is passed on", () => {
  test("a long namespace behind the prefix of many elements", () => {
    strictEqual(conditionOf("<a:x/>".repeat(4_000), ` xmlns:a='${LONG}'`), "policy-violation");
    strictEqual(conditionOf(`<y xmlns:a='${LONG}'>${"<a:x/>".repeat(4_000)}<![CDATA[]]></y>`), "policy-violation");
  });

  test("a long namespace behind the prefix of many attributes", () => {
    strictEqual(conditionOf("<x a:b=''/>".repeat(4_000), ` xmlns:a='${LONG}'`), "policy-violation");
    const many = Array.from({ length: 90 }, (_, at) => ` a:b${at}=''`).join("");
    strictEqual(conditionOf("", ` xmlns:a='${LONG}'${many}`), "policy-violation");
  });

  test("a long default namespace that prefixed elements interrupt", () => {
    const inside = `<y xmlns='${LONG}' xmlns:a='b'>${"<a:x><z/></a:x>".repeat(2_000)}</y>`;
    strictEqual(conditionOf(inside), "policy-violation");
  });

  test("the same namespace all the way down costs nothing", () => {
    const read = readDocument(
      `<iq xmlns='jabber:client'><query xmlns='${LONG}'>${"<x><y/></x>".repeat(2_000)}</query></iq>`,
      LIMITS,
    );
    ok(read.ok && read.element.inner.length < LIMITS.bytes);
  });
});
