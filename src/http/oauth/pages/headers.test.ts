import assert from "node:assert/strict";
import { test } from "node:test";
import { pageHeaders, pageResponse } from "./headers.ts";

function directives(formAction?: readonly string[]): Map<string, string> {
  const policy = pageHeaders(formAction)["content-security-policy"] ?? "";
  return new Map(
    policy.split("; ").map((directive) => {
      const [name = "", ...sources] = directive.split(" ");
      return [name, sources.join(" ")];
    }),
  );
}

const EXPECTED = {
  "default-src": "'none'",
  "style-src": "'self'",
  "img-src": "'self' data:",
  "form-action": "'self'",
  "frame-ancestors": "'none'",
  "base-uri": "'none'",
};

const targetOf = (uri: string): string | undefined => directives([uri]).get("form-action");

test("a page runs nothing, loads nothing from elsewhere, is framed by nobody and kept nowhere", async () => {
  assert.deepEqual(Object.fromEntries(directives()), EXPECTED);
  const response = pageResponse("<p>é</p>", { status: 400 });
  assert.equal(response.status, 400);
  assert.equal(await response.text(), "<p>é</p>");
  assert.partialDeepStrictEqual(Object.fromEntries(response.headers), {
    "content-type": "text/html; charset=utf-8",
    "cache-control": "no-store",
    "cross-origin-opener-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
  });
  assert.equal(pageResponse("").status, 200);
});

test("CSP 3 §6.4.1: a form may lead to the client: the origin of its redirect, or the scheme", () => {
  assert.equal(targetOf("https://app.example.org/cb?x=1"), "'self' https://app.example.org");
  assert.equal(targetOf("https://app.example.org:8443/cb"), "'self' https://app.example.org:8443");
  assert.equal(targetOf("http://127.0.0.1:49152/cb"), "'self' http://127.0.0.1:49152");
  assert.equal(targetOf("http://localhost/cb"), "'self' http://localhost");
  assert.equal(targetOf("com.example.chat:/cb"), "'self' com.example.chat:");
  assert.equal(targetOf("com.example.chat:"), "'self' com.example.chat:");
  assert.equal(targetOf("https://bücher.example/cb"), "'self' https://xn--bcher-kva.example");
  assert.equal(
    directives(["https://a.example/1", "https://a.example/2", "b.c:/"]).get("form-action"),
    "'self' https://a.example b.c:",
  );
});

test("CSP 3 §2.3.1: its grammar has no IPv6 address, so the scheme is allowed", () => {
  assert.equal(targetOf("http://[::1]:49152/cb"), "'self' http:");
});

test("nothing that a client registers can add a directive or a source", () => {
  const hostile = [
    "https://a.example; script-src *",
    "https://a;script-src/cb",
    "https://a.example,b.example/",
    "https://*.example/",
    "https://a'unsafe-inline'.example/",
    "https://a_b.example/",
    "com.example.chat;x:/",
    "com.example.chat: *",
    "x\r\nset-cookie: a=b:/",
    "'none'",
    "*",
    "",
    "/cb",
    "javascript:alert(1)",
    "data:text/html,x",
    "blob:https://a.example/1",
    "file:///etc/passwd",
    "about:blank",
    "https://",
  ];
  for (const uri of hostile) {
    const found = directives([uri]);
    const allowed = found.get("form-action") ?? "";
    assert.deepEqual(Object.fromEntries(found), { ...EXPECTED, "form-action": allowed }, uri);
    assert.equal(allowed, "'self'", uri);
    assert.doesNotThrow(() => pageResponse("", { formAction: [uri] }));
  }
});
