import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { FakeClock } from "../../test/support/clock.ts";
import type { AccountStore } from "./accounts.ts";
import { readCsv } from "./csv.ts";
import { createHasher } from "./hasher.ts";
import { type ImportResult, importAccounts } from "./import.ts";
import { createMemoryAccounts } from "./memory-accounts.ts";
import { isPassword } from "./password.ts";

const hasher = createHasher();

async function* pieces(...parts: readonly (string | Uint8Array)[]) {
  yield* parts;
}

async function load(
  parts: string | readonly (string | Uint8Array)[],
  scram = false,
): Promise<ImportResult & { readonly accounts: AccountStore }> {
  const accounts = createMemoryAccounts();
  const input = pieces(...(typeof parts === "string" ? [parts] : parts));
  const domains = ["example.com", "b.example"];
  const result = await importAccounts(input, { domains, accounts, hasher, clock: new FakeClock(7), scram });
  return { ...result, accounts };
}

async function hasPassword(accounts: AccountStore, domain: string, username: string, password: string) {
  const keys = accounts.get(domain, username)?.sha256;
  assert.ok(keys, username);
  return isPassword(hasher, "sha256", keys, password);
}

test("RFC 4180: quoted fields, CRLF, a header, a BOM, no last line end", async () => {
  const { accounts, ...result } = await load(
    '\uFEFFjid,password\r\njohn@example.com,"a,""b"" c"\r\n\r\nMarie@B.Example,x',
  );
  assert.deepEqual(result, { imported: 2, errors: [] });
  assert.equal(await hasPassword(accounts, "example.com", "john", 'a,"b" c'), true);
  assert.equal(await hasPassword(accounts, "b.example", "marie", "x"), true);
  assert.deepEqual([accounts.get("b.example", "marie")?.created, accounts.get("b.example", "marie")?.changed], [7, 7]);
});

test("a header may name the columns in another order", async () => {
  const { accounts } = await load("Password,JID\nx,john@example.com\n");
  assert.equal(await hasPassword(accounts, "example.com", "john", "x"), true);
});

test("bad lines are named with what is wrong, good ones are taken, no password is told", async () => {
  const text = [
    "john@example.com,good1",
    "not a jid@@,hunter2",
    "example.com,hunter2",
    "john@example.com/phone,hunter2",
    "john@elsewhere.example,hunter2",
    "empty@example.com,",
    "few@example.com",
    "many@example.com,hunter2,hunter2",
    'quote@example.com,hun"ter2',
    'open@example.com,"hunter2',
    'tail@example.com,"hunter2"x',
    "bell@example.com,hunter2\u0007",
    `long@example.com,${"hunter2".repeat(3000)}`,
    "JOHN@example.com,hunter2",
    "marie@example.com,good2",
  ].join("\n");
  const { accounts, imported, errors } = await load(text);
  assert.equal(imported, 2);
  assert.deepEqual(
    errors.map(({ line }) => line),
    [2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14],
  );
  const problems = errors.map(({ problem }) => problem);
  assert.match(problems[0] ?? "", /"not a jid@@" is not a JID/);
  assert.match(problems[1] ?? "", /no username/);
  assert.match(problems[2] ?? "", /resource/);
  assert.match(problems[3] ?? "", /elsewhere\.example is not served here/);
  assert.match(problems[4] ?? "", /password is empty/);
  assert.match(problems[5] ?? "", /expected jid,password, found 1 fields/);
  assert.match(problems[8] ?? "", /quotes/);
  assert.match(problems[11] ?? "", /longer than/);
  assert.match(problems[12] ?? "", /john@example\.com stands on line 1 already/);
  assert.doesNotMatch(problems.join(), /hunter2/);
  assert.equal(await hasPassword(accounts, "example.com", "john", "good1"), true);
  assert.equal(await hasPassword(accounts, "example.com", "marie", "good2"), true);
});

test("a line that is not UTF-8 costs only itself", async () => {
  const { imported, errors } = await load([
    Buffer.from("john@example.com,x\n"),
    Uint8Array.of(0x61, 0xff, 0x0a),
    Buffer.from("marie@example.com,x\n"),
  ]);
  assert.equal(imported, 2);
  assert.deepEqual(errors, [{ line: 2, problem: "the line is not UTF-8" }]);
});

test("ready-made keys: both hashes of an account on two rows, or one", async () => {
  const salt = Buffer.alloc(16, 1).toString("base64");
  const sha1 = Buffer.alloc(20, 2).toString("base64");
  const sha256 = Buffer.alloc(32, 3).toString("base64");
  const { accounts, ...result } = await load(
    [
      "jid,mechanism,iterations,salt,stored_key,server_key",
      `john@example.com,SCRAM-SHA-1,4096,${salt},${sha1},${sha1}`,
      `marie@example.com,scram-sha-256,10000,${salt},${sha256},${sha256}`,
      `john@example.com,SCRAM-SHA-256,10000,${salt},${sha256},${sha256}`,
      `john@example.com,SCRAM-SHA-1,4096,${salt},${sha1},${sha1}`,
      `a@example.com,SCRAM-SHA-512,10000,${salt},${sha1},${sha1}`,
      `a@example.com,SCRAM-SHA-1,1000,${salt},${sha1},${sha1}`,
      `a@example.com,SCRAM-SHA-1,4096,x,${sha1},${sha1}`,
      `a@example.com,SCRAM-SHA-1,4096,${salt},${sha256},${sha1}`,
      `a@example.com,SCRAM-SHA-1,4096,${salt},${sha1},`,
      "a@example.com,password",
    ].join("\n"),
    true,
  );
  assert.equal(result.imported, 2);
  assert.deepEqual(
    result.errors.map(({ line, problem }) => [line, problem.split(" ").slice(0, 2).join(" ")]),
    [
      [5, "these keys"],
      [6, "the mechanism"],
      [7, "the iterations"],
      [8, "the salt"],
      [9, "the stored_key"],
      [10, "the server_key"],
      [11, "expected jid,mechanism,iterations,salt,stored_key,server_key,"],
    ],
  );
  const john = accounts.get("example.com", "john");
  assert.deepEqual([john?.sha1?.iterations, john?.sha256?.iterations], [4096, 10_000]);
  assert.equal(accounts.get("example.com", "marie")?.sha1, undefined);
  assert.equal(accounts.get("example.com", "a"), undefined);
});

test("nothing is written when the input breaks off", async () => {
  const accounts = createMemoryAccounts();
  async function* broken() {
    yield "john@example.com,x\n";
    throw new Error("cable cut");
  }
  const options = { domains: ["example.com"], accounts, hasher, clock: new FakeClock(), scram: false };
  await assert.rejects(importAccounts(broken(), options), /cable cut/);
  assert.deepEqual(accounts.list("example.com", "", 9), []);
});

test("progress tells octets and accounts, growing to the end", async () => {
  const seen: number[] = [];
  const text = "john@example.com,x\nmarie@example.com,x\n";
  const accounts = createMemoryAccounts();
  const onProgress = ({ bytes }: { readonly bytes: number }) => void seen.push(bytes);
  const clock = new FakeClock();
  await importAccounts(pieces(text), { domains: ["example.com"], accounts, hasher, clock, scram: false, onProgress });
  assert.deepEqual(
    seen.toSorted((a, b) => a - b),
    [19, text.length],
  );
});

test("hostile: 10 MB without a line end, and NUL bytes, are one bad line each", async () => {
  const { imported, errors } = await load([
    ...Array.from({ length: 10 }, () => Buffer.alloc(1_000_000, 0x61)),
    "\nj\0hn@example.com,x\nmarie@example.com,x\n",
  ]);
  assert.equal(imported, 1);
  assert.deepEqual(
    errors.map(({ line }) => line),
    [1, 2],
  );
});

test("law: what RFC 4180 writes is read back, however the octets are cut", async () => {
  const field = fc.string({ unit: "grapheme", minLength: 1 }).filter((text) => !/[\r\n\uFEFF]/.test(text));
  const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(field, field)), fc.integer({ min: 1, max: 9 }), async (rows, step) => {
      const octets = Buffer.from(rows.map((row) => `${row.map(quoted).join(",")}\r\n`).join(""));
      const cut = Array.from({ length: Math.ceil(octets.length / step) }, (_, at) =>
        octets.subarray(at * step, (at + 1) * step),
      );
      const read: (readonly string[] | undefined)[] = [];
      for await (const { fields } of readCsv(pieces(...cut))) read.push(fields);
      assert.deepEqual(read, rows);
    }),
  );
});
