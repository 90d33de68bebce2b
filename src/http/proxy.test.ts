import assert from "node:assert/strict";
import type { IncomingMessage } from "node:http";
import { test } from "node:test";
import { TrustedProxies } from "./proxy.ts";

/** Only what is looked at. */
function request(remoteAddress: string, headers: Record<string, string>): IncomingMessage {
  return { socket: { remoteAddress }, headers } as unknown as IncomingMessage;
}

const proxies = new TrustedProxies(["127.0.0.1", "10.0.0.0/8", "fd00::/8"]);

test("the caller is the nearest address that is no trusted proxy", () => {
  const rows: readonly (readonly [string, Record<string, string>, string])[] = [
    ["192.0.2.9", { "x-forwarded-for": "198.51.100.1" }, "192.0.2.9"],
    ["127.0.0.1", {}, "127.0.0.1"],
    ["::ffff:127.0.0.1", { "x-forwarded-for": "198.51.100.1" }, "198.51.100.1"],
    ["127.0.0.1", { "x-forwarded-for": "203.0.113.7, 198.51.100.1, 10.1.2.3" }, "198.51.100.1"],
    ["127.0.0.1", { "x-forwarded-for": "10.9.9.9, 10.1.2.3" }, "10.9.9.9"],
    ["fd00::1", { forwarded: 'for=203.0.113.7, for="[2001:DB8::17]:80"' }, "2001:DB8::17"],
    ["127.0.0.1", { forwarded: "for=unknown;proto=https" }, "127.0.0.1"],
    ["127.0.0.1", { "x-forwarded-for": "rubbish" }, "127.0.0.1"],
  ];
  for (const [peer, headers, expected] of rows)
    assert.equal(proxies.callerOf(request(peer, headers)).address, expected);
});

test("scheme and host come from the hop that names the caller", () => {
  const one = proxies.callerOf(request("127.0.0.1", { "x-forwarded-proto": "https", "x-forwarded-host": "a.example" }));
  assert.deepEqual(one, { address: "127.0.0.1", secure: true, host: "a.example" });
  const spoofed = {
    forwarded: "for=203.0.113.7;proto=https;host=evil.example, for=198.51.100.1;proto=http;host=a.example",
  };
  assert.deepEqual(proxies.callerOf(request("127.0.0.1", spoofed)), {
    address: "198.51.100.1",
    secure: false,
    host: "a.example",
  });
});

test("RFC 7239 §8.1: a Forwarded that the proxy passes on as the client wrote it says nothing beside its own headers", () => {
  const own = { "x-forwarded-for": "198.51.100.1", "x-forwarded-proto": "http" };
  for (const forwarded of ["for=127.0.0.1;proto=https;host=evil.example", "for=203.0.113.7", "rubbish"]) {
    const caller = proxies.callerOf(request("127.0.0.1", { ...own, forwarded }));
    assert.deepEqual(caller, { address: "198.51.100.1", secure: false, host: undefined });
  }
});
