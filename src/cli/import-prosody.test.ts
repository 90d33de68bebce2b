/** The samples in prosody/testdata were made by Prosody 0.12.3: `prosodyctl register`, with both providers of accounts. */
import assert from "node:assert/strict";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { generate } from "selfsigned";
import { systemClock } from "../clock.ts";
import { KithError } from "../errors.ts";
import { silentLog } from "../log.ts";
import { createHasher } from "../login/hasher.ts";
import { isPassword } from "../login/password.ts";
import { openStorage } from "../storage/storage.ts";
import { preparePassword } from "../xmpp/sasl/password.ts";
import { UsageError } from "./command.ts";
import { importCommand } from "./import-prosody.ts";
import { readSettings } from "./settings.ts";

const SAMPLES = join(import.meta.dirname, "prosody/testdata");
const CONFIG = ["--config", "prosody.cfg.lua"];

function folderFor(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "kith-test-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  cpSync(SAMPLES, folder, { recursive: true });
  return folder;
}

interface Said {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function kithImport(folder: string, args: readonly string[] = CONFIG): Promise<Said> {
  let out = "";
  let err = "";
  const code = await importCommand.run(["prosody", ...args], {
    out: (text) => {
      out += `${text}\n`;
    },
    err: (text) => {
      err += `${text}\n`;
    },
    folder,
    environment: {},
    stdin: process.stdin,
    stderr: Object.assign(Object.create(process.stderr), { isTTY: false }),
  });
  return { code, out, err };
}

/** Hashes by which the password lets the account in; undefined: no such account. */
async function letsIn(folder: string, jid: string, password: string): Promise<readonly string[] | undefined> {
  const io = { out: () => undefined, err: () => undefined, folder, environment: {} };
  const { config } = await readSettings({}, { ...io, stdin: process.stdin, stderr: process.stderr });
  const storage = openStorage(config.storage, { clock: systemClock, log: silentLog });
  try {
    const [username = "", domain = ""] = jid.split("@");
    const account = storage.accounts.get(domain, username);
    if (account === undefined) return undefined;
    const right: string[] = [];
    for (const hash of ["sha1", "sha256"] as const) {
      const keys = account[hash];
      const prepared = preparePassword(password) ?? "";
      if (keys !== undefined && (await isPassword(createHasher(), hash, keys, prepared))) right.push(hash);
    }
    return right;
  } finally {
    await storage.close();
  }
}

test("accounts of both providers keep their passwords; the configuration starts", async (t) => {
  const folder = folderFor(t);
  const { code, out, err } = await kithImport(folder);
  assert.equal(err, "");
  assert.equal(code, 0);
  assert.match(out, /^4 accounts taken, with the passwords they have$/m);
  assert.match(out, /^3 accounts with keys for one SCRAM hash/m);
  assert.match(out, /Accounts of off\.example are left out/);
  assert.doesNotMatch(out, /a key for tests/);
  assert.deepEqual(await letsIn(folder, "john@example.com", "old secret"), ["sha1"]);
  assert.deepEqual(await letsIn(folder, "john@example.com", "Old secret"), []);
  assert.deepEqual(await letsIn(folder, "mär-ie@example.com", "pässwörd ²"), ["sha1"]);
  assert.deepEqual(await letsIn(folder, "tim@plain.example", 'pla"in\\ ²'), ["sha1", "sha256"]);
  assert.deepEqual(await letsIn(folder, "eve@sha256.example", "old secret"), ["sha256"]);
  assert.equal(statSync(join(folder, "kith.config.json")).mode & 0o777, 0o600);
});

test("a second import changes nothing; a configuration and accounts that are there stay without --force", async (t) => {
  const folder = folderFor(t);
  await kithImport(folder);
  const again = await kithImport(folder);
  assert.equal(again.code, 0);
  assert.match(again.out, /^0 accounts taken/m);
  assert.match(again.out, /^4 accounts there already/m);

  const config = join(folder, "kith.config.json");
  const edited = `${readFileSync(config, "utf8")}// mine\n`;
  writeFileSync(config, edited);
  const accounts = join(folder, "store/example%2ecom/accounts");
  cpSync(join(accounts, "john.dat"), join(accounts, "late.dat"));
  cpSync(join(folder, "store/plain%2eexample/accounts/tim.dat"), join(accounts, "john.dat"));
  await assert.rejects(
    kithImport(folder),
    (error) => error instanceof KithError && error.code === "config-exists" && error.message.includes(config),
  );
  assert.equal(await letsIn(folder, "late@example.com", "old secret"), undefined);

  const only = await kithImport(folder, [...CONFIG, "--accounts-only"]);
  assert.match(only.out, /^1 account taken/m);
  assert.deepEqual(await letsIn(folder, "late@example.com", "old secret"), ["sha1"]);
  assert.deepEqual(await letsIn(folder, "john@example.com", "old secret"), ["sha1"]);
  assert.equal(readFileSync(config, "utf8"), edited);

  chmodSync(config, 0o644);
  await kithImport(folder, [...CONFIG, "--force"]);
  assert.equal(statSync(config).mode & 0o777, 0o600);
  assert.deepEqual(await letsIn(folder, "john@example.com", 'pla"in\\ ²'), ["sha1", "sha256"]);
  assert.notEqual(readFileSync(config, "utf8"), edited);
});

test("accounts that cannot be taken are named, never with a secret, and the others are taken", async (t) => {
  const folder = folderFor(t);
  const accounts = join(folder, "store/example%2ecom/accounts");
  const keys = `stored_key = "${"ab".repeat(20)}", server_key = "${"cd".repeat(20)}", salt = "s"`;
  const broken: Readonly<Record<string, string>> = {
    disabled: `return { disabled = true, ${keys}, iteration_count = 4096 }`,
    empty: "return {}",
    few: `return { ${keys}, iteration_count = 1 }`,
    half: `return { ${keys} }`,
    nothing: "",
    program: "return os.execute('touch hacked')",
    short: 'return { stored_key = "ab", server_key = "cd", salt = "s", iteration_count = 4096 }',
    "with%20space": `return { ${keys}, iteration_count = 4096 }`,
    tab: 'return { password = "hush\\9hush" }',
    huge: `return { ${" ".repeat(100_000)} }`,
  };
  for (const [name, source] of Object.entries(broken)) writeFileSync(join(accounts, `${name}.dat`), source);
  mkdirSync(join(accounts, "folder.dat"));
  const { code, out, err } = await kithImport(folder);
  assert.equal(code, 1);
  assert.match(out, /^4 accounts taken/m);
  assert.match(out, /^disabled in Prosody, not taken: disabled@example\.com$/m);
  const lines = err.trim().split("\n");
  const names = lines.map((line) => /^(.*)@example\.com not taken: /.exec(line)?.[1]);
  assert.deepEqual(names.sort(), [
    "empty",
    "few",
    "folder",
    "half",
    "huge",
    "nothing",
    "program",
    "short",
    "tab",
    "with space",
  ]);
  assert.doesNotMatch(err, /hush|abab/);
  assert.equal(existsSync(join(folder, "hacked")), false);
});

test("what was given wrongly is told in words", async (t) => {
  const folder = folderFor(t);
  writeFileSync(join(folder, "bare.lua"), 'VirtualHost "a"');
  writeFileSync(join(folder, "none.lua"), 'Component "a"');
  const wrong: readonly (readonly [readonly string[], RegExp])[] = [
    [[], /--config names Prosody's configuration/],
    [["--config", "missing.lua"], /missing\.lua cannot be read/],
    [["--config", "bare.lua"], /--data names Prosody's data folder/],
    [["--config", "bare.lua", "--data", "missing"], /missing is no folder/],
    [["--config", "none.lua", "--data", "store"], /no VirtualHost that is enabled/],
    [["--config", "bare.lua", "--data", "store", "more"], /import from what\?/],
  ];
  for (const [args, words] of wrong) {
    await assert.rejects(
      kithImport(folder, args),
      (error) => (error instanceof KithError || error instanceof UsageError) && words.test(error.message),
      args.join(" "),
    );
  }
  assert.equal(existsSync(join(folder, "kith.config.json")), false);
});

test("the certificate that is good for most domains is taken after it was tried, and none that is broken", async (t) => {
  const folder = folderFor(t);
  const make = async (file: string, names: readonly string[]): Promise<void> => {
    const { cert, private: key } = await generate([{ name: "commonName", value: names[0] ?? "" }], {
      extensions: [{ name: "subjectAltName", altNames: names.map((value) => ({ type: 2, value })) }],
    });
    writeFileSync(join(folder, "certs", `${file}.crt`), cert);
    writeFileSync(join(folder, "certs", `${file}.key`), key);
  };
  mkdirSync(join(folder, "certs"));
  await make("example.com", ["example.com"]);
  await make("many", ["plain.example", "sha256.example"]);
  const { out } = await kithImport(folder);
  const tls = async (): Promise<string | undefined> =>
    /"cert": "(.*)"/.exec(readFileSync(join(folder, "kith.config.json"), "utf8"))?.[1];
  assert.equal(await tls(), join(folder, "certs/many.crt"));
  assert.match(out, /certs\/example\.com\.crt: Kith has one certificate for all domains, .* not for example\.com/);

  cpSync(join(folder, "certs/example.com.key"), join(folder, "certs/many.key"));
  const broken = await kithImport(folder, [...CONFIG, "--force"]);
  assert.equal(await tls(), undefined);
  assert.match(broken.out, /certs\/many\.crt: Left out, Kith makes a certificate of its own for development: /);
});
