import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { anyText } from "../../test/support/text.ts";
import { admit, type BreakerState, CLOSED, failed, succeeded } from "./breaker.ts";
import { readFreshness } from "./freshness.ts";
import { jsonArrayChunks, jsonChunks } from "./json-chunks.ts";
import { formatDateTime, parseDateTime } from "./rfc3339.ts";
import { contactsUrl, percentEncode } from "./url.ts";

test("G1: the username cannot choose the query, the path or the fragment", () => {
  const url = contactsUrl("http://app.example:3000/contacts/%s?from=kith");
  assert.equal(url?.for("q?x=1"), "http://app.example:3000/contacts/q%3Fx%3D1?from=kith");
  assert.equal(url?.for("a#%/;+&b"), "http://app.example:3000/contacts/a%23%25%2F%3B%2B%26b?from=kith");
  assert.equal(url?.for("!'()*-._~"), "http://app.example:3000/contacts/%21%27%28%29%2A-._~?from=kith");
  assert.equal(url?.for("jürgen"), "http://app.example:3000/contacts/j%C3%BCrgen?from=kith");
});

test("contract §1: `.` and `..` cannot be addressed; what only contains them can", () => {
  const url = contactsUrl("http://app.example/contacts/%s");
  assert.equal(url?.for("."), undefined);
  assert.equal(url?.for(".."), undefined);
  assert.equal(url?.for("..."), "http://app.example/contacts/...");
});

test("G2: every %s and {username} is replaced, any other % stays as it is", () => {
  const url = contactsUrl("http://app.example/a%20b/100%/%d/%s?u={username}&again=%s");
  assert.equal(url?.for("john"), "http://app.example/a%20b/100%/%d/john?u=john&again=john");
  assert.equal(url?.for("$&"), "http://app.example/a%20b/100%/%d/%24%26?u=%24%26&again=%24%26");
});

test("G31: user:password@ in the URL becomes Basic authorization and is shown nowhere", () => {
  const url = contactsUrl("https://kith:s%3Acret%21@app.example/%s");
  assert.equal(url?.authorization, `Basic ${Buffer.from("kith:s:cret!").toString("base64")}`);
  assert.equal(url?.for("john"), "https://app.example/john");
  assert.equal(url?.shown, "https://app.example/%s");
});

test("a URL that is none, or lets the username choose the host, is refused", () => {
  for (const bad of ["contacts/%s", "ftp://app.example/%s", "http://%s.example/", "http://%s:x@app.example/", ""]) {
    assert.equal(contactsUrl(bad), undefined, bad);
  }
});

test("law: percentEncode keeps RFC 3986 unreserved characters only, and decodes to the same", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (text) => {
      assert.match(percentEncode(text), /^(?:[A-Za-z0-9._~-]|%[0-9A-F]{2})*$/);
      assert.equal(decodeURIComponent(percentEncode(text)), text);
    }),
  );
});

const fails = (state: BreakerState, count: number, users: number, now = 0): BreakerState => {
  for (let n = 0; n < count; n++) state = failed(state, now, `user${n % users}`);
  return state;
};

test("contract §1: the breaker opens after 20 failures in a row of at least 5 users", () => {
  assert.equal(fails(CLOSED, 19, 5).open, false);
  assert.equal(fails(CLOSED, 20, 5).open, true);
  assert.equal(fails(CLOSED, 100, 4).open, false);
  assert.equal(fails(succeeded(fails(CLOSED, 19, 5)), 19, 5).open, false);
});

test("contract §1: while open one probe a second goes out, a refresh always, and the first success closes it", () => {
  let state = fails(CLOSED, 20, 5, 1000);
  const allowed: boolean[] = [];
  for (const [now, forced] of [
    [1500, false],
    [2000, false],
    [2500, false],
    [2600, true],
    [3500, false],
    [3600, false],
  ] as const) {
    const admission = admit(state, now, forced);
    state = admission.state;
    allowed.push(admission.allowed);
  }
  assert.deepEqual(allowed, [false, true, false, true, false, true]);
  assert.equal(succeeded(state).open, false);
});

test("RFC 9111 §5.2, RFC 5861 §4: max-age, no-cache, Age and stale-if-error", () => {
  assert.deepEqual(readFreshness("max-age=60, stale-if-error=86400", undefined), {
    maxAge: 60_000,
    staleIfError: 86_400_000,
  });
  assert.deepEqual(readFreshness('Private, MAX-AGE="5"', "2"), { maxAge: 3000, staleIfError: undefined });
  assert.deepEqual(readFreshness("no-cache, max-age=60", undefined), { maxAge: 0, staleIfError: undefined });
  assert.deepEqual(readFreshness("no-store", undefined), { maxAge: 0, staleIfError: undefined });
  assert.deepEqual(readFreshness("max-age=-1, stale-if-error=x", undefined), { maxAge: 0, staleIfError: undefined });
  assert.equal(readFreshness("max-age=99999999999999999999", undefined)?.maxAge, 2_147_483_648_000);
  assert.equal(readFreshness(undefined, undefined), undefined);
});

test("RFC 3339 §5.6: date-times, with offset only", () => {
  assert.equal(parseDateTime("2026-12-24T18:00:00Z"), Date.UTC(2026, 11, 24, 18));
  assert.equal(parseDateTime("2026-12-24t18:00:00.1239z"), Date.UTC(2026, 11, 24, 18, 0, 0, 123));
  assert.equal(parseDateTime("2026-12-24 18:00:00-05:30"), Date.UTC(2026, 11, 24, 23, 30));
  assert.equal(parseDateTime("2024-02-29T00:00:00Z"), Date.UTC(2024, 1, 29));
  assert.equal(parseDateTime("2016-12-31T23:59:60Z"), Date.UTC(2017, 0, 1));
  for (const bad of [
    "2026-12-24",
    "2026-12-24T18:00:00",
    "2026-12-24T18:00Z",
    "2026-02-29T00:00:00Z",
    "2026-13-01T00:00:00Z",
    "2026-00-01T00:00:00Z",
    "2026-01-01T24:00:00Z",
    "2026-01-01T00:60:00Z",
    "2026-01-01T00:00:61Z",
    "2026-01-01T00:00:00+24:00",
    "tomorrow",
    " 2026-12-24T18:00:00Z",
    "",
  ]) {
    assert.equal(parseDateTime(bad), undefined, bad);
  }
});

test("law: date-times agree with the calendar of the platform, both ways", () => {
  fc.assert(
    fc.property(fc.date({ min: new Date("0001-01-01"), max: new Date("9999-12-31"), noInvalidDate: true }), (date) => {
      assert.equal(parseDateTime(date.toISOString()), date.getTime());
      assert.equal(formatDateTime(date.getTime()), date.toISOString().replace(".000Z", "Z"));
    }),
  );
});

test("law: a large object read in parts is the object", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(anyText(), fc.jsonValue()), { maxLength: 8 }), (members) => {
      const padding = "x".repeat(40_000);
      const text = ` {${members.map(([key, value], n) => `${JSON.stringify(`k${n}${key}`)} : ${JSON.stringify([padding, value])}`).join(" ,\n")}} `;
      const joined: [string, unknown][] = [];
      for (const part of jsonChunks(text) ?? []) joined.push(...Object.entries(part));
      assert.deepEqual(
        joined,
        members.map(([key, value], n) => [`k${n}${key}`, JSON.parse(JSON.stringify([padding, value]))]),
      );
    }),
    { numRuns: 30 },
  );
});

test("law: a large array read in parts is the array", () => {
  fc.assert(
    fc.property(fc.array(fc.jsonValue(), { maxLength: 8 }), (values) => {
      const all = values.map((value) => ["x".repeat(40_000), value]);
      const text = ` [${all.map((one) => JSON.stringify(one)).join(" ,\n")}] `;
      assert.deepEqual([...(jsonArrayChunks(text) ?? [])].flat(), JSON.parse(text));
    }),
    { numRuns: 30 },
  );
  const long = `"${"x".repeat(70_000)}"`;
  for (const text of [
    `[${long}`,
    `[${long},]`,
    `[${long},,${long}]`,
    `[${long}}`,
    `[${long}] x`,
    `[,${long}]`,
    "[,]",
  ]) {
    assert.throws(() => [...(jsonArrayChunks(text) ?? [])], SyntaxError, text.replace(long, "LONG"));
  }
  assert.deepEqual([...(jsonArrayChunks("[]") ?? [])].flat(), []);
  assert.equal(jsonArrayChunks('{"a":1}'), undefined);
});

test("G9: what is not JSON is found in parts too", () => {
  const long = `"k":"${"x".repeat(70_000)}"`;
  for (const text of [
    `{${long}`,
    `{${long},}`,
    `{${long},,${long}}`,
    `{${long}]`,
    `{${long}}}`,
    `{${long}} x`,
    `{${long},"a":[}}`,
    `{${long},"a`,
    `{,${long}}`,
  ]) {
    assert.throws(() => [...(jsonChunks(text) ?? [])], SyntaxError, text.replace(long, "LONG"));
  }
  assert.equal(jsonChunks("[1]"), undefined);
});
