import assert from "node:assert/strict";
import { test } from "node:test";
import { isLoopback, SourceCounts, sourceOf } from "./addresses.ts";

test("loopback is 127.0.0.0/8 and ::1, and no name that looks like it", () => {
  for (const address of ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"]) assert.ok(isLoopback(address), address);
  for (const address of ["10.0.0.1", "127.0.0.1.example", "::2", "", "1127.0.0.1"])
    assert.ok(!isLoopback(address), address);
});

test("one source is an IPv4 address or a /64", () => {
  assert.equal(sourceOf("192.0.2.7"), "192.0.2.7");
  assert.equal(sourceOf("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2");
  assert.equal(sourceOf("2001:db8::9"), sourceOf("2001:db8:0:0:1::"));
  assert.notEqual(sourceOf("2001:db8:0:1::9"), sourceOf("2001:db8::9"));
});

test("sources are counted and forgotten", () => {
  const counts = new SourceCounts();
  counts.take("a");
  assert.ok(!counts.hasRoom("a", 1));
  assert.ok(counts.hasRoom("b", 1));
  counts.give("a");
  counts.give("a");
  assert.ok(counts.hasRoom("a", 1));
});
