import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { readLua } from "./lua-reader.ts";
import { LuaTable, type LuaValue } from "./lua-value.ts";

function plain(value: LuaValue): unknown {
  if (!(value instanceof LuaTable)) return value ?? null;
  return Object.fromEntries([...value.keys()].map((key) => [String(key), plain(value.get(key))]));
}

/** Assignments by name, calls and returns in their order, lines of what is left out. */
function read(source: string, environment: Readonly<Record<string, string>> = {}) {
  const { statements, problems } = readLua(source, (name) => environment[name]);
  const sets = statements.filter(({ kind }) => kind === "set").map(({ name, values }) => [name, plain(values[0])]);
  const others = statements.filter(({ kind }) => kind !== "set");
  return {
    sets: Object.fromEntries(sets) as Record<string, unknown>,
    calls: others.map(({ kind, name, values }) => [kind === "return" ? "return" : name, ...values.map(plain)]),
    left: problems.map(({ line }) => line),
    problems,
  };
}

test("Lua 5.4 §3.1: strings in their three forms, with every escape", () => {
  const cases: readonly (readonly [string, string])[] = [
    ['"a\\"b"', 'a"b'],
    ["'a\"b\\''", "a\"b'"],
    ["[[a]b\\n]]", "a]b\\n"],
    ["[==[\n]] ]=]]==]", "]] ]=]"],
    ['"\\65\\066\\x43\\u{44}\\u{e9}"', "ABCD\u00c3\u00a9"],
    ['"a\\z \n  b\\\nc\\t\\0"', "ab\nc\t\0"],
    ['"\u00c3\u00a4"', "\u00c3\u00a4"],
  ];
  for (const [source, value] of cases) assert.deepEqual(read(`x = ${source}`).sets, { x: value }, source);
});

test("numbers, booleans, nil, products, concatenation, or, local names and the environment", () => {
  const { sets, left } = read(
    [
      "\u00ef\u00bb\u00bf#!/usr/bin/lua",
      "a = 5222 b = -1.5e1; c = 0x1F d = 60 * 60 * 2",
      'local host <const> = "example.com" e = "http://" .. host .. ":" .. 80',
      'f = ENV_KEY g = os.getenv("KEY") h = os.getenv "NONE" or "preset" i = false or nil',
      "j = (true)",
    ].join("\n"),
    { KEY: "secret" },
  );
  assert.deepEqual(left, []);
  assert.deepEqual(sets, {
    ...{ a: 5222, b: -15, c: 31, d: 7200, e: "http://example.com:80" },
    ...{ f: "secret", g: "secret", h: "preset", i: null, j: true },
  });
});

test("tables with all kinds of members, and comments everywhere", () => {
  const { sets, left } = read(`t = { "a", -- one
    --[[ two ]] "b"; key = 1, ["other key"] = { }, [5] = true, gone = nil, --[==[ ]] ]==]
    nested = { { "c" } } }`);
  assert.deepEqual(left, []);
  assert.deepEqual(sets["t"], {
    ...{ 1: "a", 2: "b", 5: true, key: 1, "other key": {} },
    nested: { 1: { 1: "c" } },
  });
});

test("sections with and without options, and what internal storage is made of", () => {
  const { calls, left } = read(`VirtualHost "a" VirtualHost("b") { x = 1 }
    Component "c" "muc"
    Include 'conf.d/*.lua'
    return { ["salt"] = "s\\0\\255"; };`);
  assert.deepEqual(left, []);
  assert.deepEqual(calls, [
    ["VirtualHost", "a"],
    ["VirtualHost", "b", { x: 1 }],
    ["Component", "c", "muc"],
    ["Include", "conf.d/*.lua"],
    ["return", { salt: "s\0\u00ff" }],
  ]);
});

test("what would have to be executed is named with its line and left out, and reading goes on behind it", () => {
  const { sets, calls, problems } = read(
    [
      "before = 1",
      'secret = require "x".secret',
      "if before then",
      "  a = 2",
      "end",
      "for _, v in pairs({ 1 }) do a = v end",
      "function f() return 1 end",
      "c = 1 + 2",
      'd = "x":rep(3)',
      "e, f = 1, 2",
      "g.h = 1",
      "i = before and 1",
      "j = unknown",
      "k = { 1, function() end }",
      'l = "no end',
      "after = 2",
    ].join("\n"),
  );
  assert.deepEqual(sets, { before: 1, after: 2 });
  assert.deepEqual(calls, []);
  assert.deepEqual(
    problems.map(({ line }) => line),
    [2, 3, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
  );
  assert.equal(problems[0]?.text, "secret is left out: the function require would have to be executed");
});

test("deep nesting of any kind is refused, not followed", () => {
  for (const open of ["{", "(", "-", "os.getenv(", "{[", "{a={"]) {
    const { sets, left } = read(`x = ${open.repeat(100_000)}`);
    assert.deepEqual([sets, left], [{}, [1]], open);
  }
});

test("law: any text is read without an error, in little time", () => {
  const piece = fc.oneof(
    fc.constantFrom(
      ...["{", "}", "(", ")", "[", "]", "[[", "]]", "--", "--[[", '"', "'", "\\", "\n", "=", ",", ";", "..", "-", "*"],
      ...[
        "local ",
        "function ",
        "end ",
        "if ",
        "do ",
        "repeat ",
        "until ",
        "return ",
        "or ",
        "and ",
        "nil",
        "os.getenv",
      ],
      ...[
        "x",
        " y ",
        "ENV_A",
        "1",
        "0x",
        "1e",
        "VirtualHost",
        "\u00ef\u00bb\u00bf",
        "#",
        "$",
        "\0",
        "\\u{110000}",
        "\\999",
      ],
    ),
    fc.string({ maxLength: 5 }),
  );
  const source = fc.array(piece, { maxLength: 200 }).map((pieces) => pieces.join(""));
  fc.assert(
    fc.property(source, (text) => {
      const { statements, problems } = readLua(text, () => "value");
      const lines = text.split("\n").length;
      for (const { line } of [...statements, ...problems]) assert.ok(line >= 1 && line <= lines);
    }),
    { numRuns: 2000 },
  );
});

test("law: a table written as Prosody writes it is read as it was", () => {
  const octets = fc.string({ unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)) });
  const leaf = fc.oneof(octets, fc.integer(), fc.boolean());
  const tables = fc.dictionary(octets, leaf, { noNullPrototype: true });
  const quoted = (text: string): string =>
    `"${[...text].map((octet) => `\\${String(octet.charCodeAt(0)).padStart(3, "0")}`).join("")}"`;
  const written = (value: unknown): string => (typeof value === "string" ? quoted(value) : String(value));
  fc.assert(
    fc.property(tables, (table) => {
      const members = Object.entries(table).map(([key, value]) => `\t[${quoted(key)}] = ${written(value)};\n`);
      assert.deepEqual(read(`return {\n${members.join("")}};\n`).calls, [["return", table]]);
    }),
  );
});
