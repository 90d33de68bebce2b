import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { readOctets } from "./data-folder.ts";
import { type Mapping, mapSections } from "./mapping.ts";
import { type Files, readSections } from "./sections.ts";
import { writeConfig } from "./write-config.ts";

const FOLDER = join(import.meta.dirname, "testdata");

const DISK: Files = {
  read: (path) => readOctets(path, 1_000_000),
  list: (folder) => (existsSync(folder) ? readdirSync(folder) : undefined),
};

function map(path: string, files: Files, environment: Readonly<Record<string, string>> = {}): Mapping {
  const sections = readSections(path, files, (name) => environment[name]);
  assert.ok(sections);
  const modules = new Set(["ping"]);
  return mapSections(sections, { folder: path.slice(0, path.lastIndexOf("/")), files, hasIpv6: true, modules });
}

/** Files that exist by their contents. */
function filesOf(contents: Readonly<Record<string, string>>): Files {
  return {
    read: (path) => contents[path],
    list(folder) {
      const names = Object.keys(contents).filter((path) => path.startsWith(`${folder}/`));
      return [...new Set(names.map((path) => path.slice(folder.length + 1).split("/")[0] ?? ""))].sort();
    },
  };
}

function mapText(text: string, more: Readonly<Record<string, string>> = {}): Mapping {
  return map("/etc/prosody/prosody.cfg.lua", filesOf({ ...more, "/etc/prosody/prosody.cfg.lua": text }));
}

function said(mapping: Mapping): string {
  return mapping.notices.map(({ where, text }) => `${where}: ${text}`).join("\n");
}

test("RFC 8414 §2: each domain with OAuth clients has an address of its own, at the root of a host", () => {
  const key = 'oauth2_registration_key = "a key for tests, of no use elsewhere"';
  const one = mapText(
    `${key} http_external_url = "https://a.example/chat/" http_roster_url = "http://a/%s" VirtualHost "a.example"`,
  );
  assert.deepEqual((one.value["http"] as Record<string, unknown>)["publicUrl"], "https://a.example");
  assert.match(said(one), /need an address of its own at the root of a host: https:\/\/a\.example is a guess/);
  const none = mapText('http_external_url = "https://a.example/chat/" VirtualHost "a.example"');
  assert.deepEqual((none.value["http"] as Record<string, unknown>)["publicUrl"], "https://a.example/chat/");
  assert.doesNotMatch(said(none), /a guess/);
});

test("mod_smacks: how long a session waits for its client is taken", () => {
  const mapping = mapText(
    'modules_enabled = { "smacks" } smacks_hibernation_time = 600 http_roster_url = "http://a/%s" VirtualHost "a.example"',
  );
  assert.deepEqual((mapping.value["limits"] as Record<string, unknown>)["session"], { resume: "600s" });
  assert.doesNotMatch(said(mapping), /smacks/);
});

test("a configuration as people have it", () => {
  const mapping = map(join(FOLDER, "prosody.cfg.lua"), DISK);
  const oauth = { registrationKey: "a key for tests, of no use elsewhere" };
  const contacts = { url: "http://127.0.0.1:3000/contacts/%s" };
  assert.deepEqual(mapping.value, {
    domains: {
      "example.com": { contacts: { url: "http://127.0.0.1:3000/example/%s?a=%20" }, oauth },
      "plain.example": { contacts, oauth, http: { publicUrl: "https://plain.example" } },
      "sha256.example": { contacts, oauth, http: { publicUrl: "https://sha256.example" } },
    },
    listen: { address: "127.0.0.1", c2s: 15222, c2sTls: 15223, http: 15280, https: null },
    http: { maxBody: "2097152B", publicUrl: "https://chat.example.com/", trustProxy: ["127.0.0.1", "10.0.0.0/8"] },
    limits: {
      beforeLogin: { time: "60s" },
      session: { stanzaBytes: "131072B", bytesPerSecond: "100000B", burst: "400000B" },
    },
  });
  for (const words of [
    /prosody\.cfg\.lua:\d+: Kith has one listen\.c2s: 15222 is taken, 15322 left out\./,
    /prosody\.cfg\.lua:\d+: if … is left out: it would have to be executed/,
    /left out of http\.trustProxy: proxy\.example\.com\./,
    /off\.example is not enabled/,
    /The component conference\.example\.com \(muc\) is left out/,
    /modules homemade: Kith does not know this module/,
    /modules mam: A message archive is not there yet/,
  ]) {
    assert.match(said(mapping), words);
  }
  assert.doesNotMatch(said(mapping), /a key for tests|http_roster_admin|block_subscriptions/);
});

test("administrators of a domain stay its administrators, those of others are none", () => {
  const mapping = mapText(
    'admins = { "John@a.example", "eve@b.example" } VirtualHost "a.example" VirtualHost "b.example" admins = { }',
  );
  const domains = mapping.value["domains"] as Record<string, Record<string, unknown>>;
  assert.deepEqual(domains["a.example"]?.["admins"], ["John@a.example"]);
  assert.equal(domains["b.example"]?.["admins"], undefined);
});

test("the least configuration: Prosody's defaults, and a place for the application's address", () => {
  const mapping = mapText('VirtualHost "example.com"');
  assert.deepEqual(mapping.value, {
    domain: "example.com",
    contacts: { url: "http://127.0.0.1:3000/contacts/%s" },
    listen: { address: "::", c2s: 5222, c2sTls: null, http: 5280, https: 5281 },
  });
  assert.match(said(mapping), /example\.com has no http_roster_url: Prosody itself kept the contacts/);
  const withModule = mapText('modules_enabled = { "http_roster_admin" } VirtualHost "example.com"');
  assert.deepEqual(withModule.value["contacts"], { url: "http://localhost/%s" });
});

test("values of other kinds than Prosody knows are left out", () => {
  const mapping = mapText(
    'c2s_ports = true https_ports = { "5281", {}, 70000 } http_ports = 5281 oauth2_registration_key = "\\255" VirtualHost "a"',
  );
  assert.deepEqual(mapping.value["listen"], { address: "::", c2s: null, c2sTls: null, http: 5281, https: null });
  assert.equal(mapping.value["oauth"], undefined);
  assert.match(said(mapping), /https_ports: listen\.https is off: 5281 is taken already/);
  assert.match(said(mapping), /The registration key is not UTF-8/);
});

test("accounts that are elsewhere are named", () => {
  const text = said(mapText('VirtualHost "a" authentication = "ldap" VirtualHost "b" storage = "sql"'));
  assert.match(text, /a has its accounts from "ldap"/);
  assert.match(text, /b has its accounts in "sql"/);
});

test("certificates: by ssl, by the names of files, by https_certificate; one that cannot be read is none", () => {
  const there = { "/etc/prosody/certs/example.com.crt": "", "/etc/prosody/certs/example.com.key": "" };
  const byName = { cert: "/etc/prosody/certs/example.com.crt", key: "/etc/prosody/certs/example.com.key" };
  assert.deepEqual(mapText('VirtualHost "chat.example.com"', there).pair, byName);
  const le = { "/le/example.com/fullchain.pem": "", "/le/example.com/privkey.pem": "" };
  const byFolder = { cert: "/le/example.com/fullchain.pem", key: "/le/example.com/privkey.pem" };
  assert.deepEqual(mapText('certificates = "/le" VirtualHost "example.com"', le).pair, byFolder);
  const https = 'https_certificate = "/le/example.com/fullchain.pem" VirtualHost "other.example"';
  assert.deepEqual(mapText(https, le).pair, byFolder);
  const ssl = 'ssl = { certificate = "certs/example.com.crt", key = "./certs/example.com.key" } VirtualHost "x"';
  assert.deepEqual(mapText(ssl, there).pair, byName);
  assert.equal(mapText('ssl = { certificate = "/no.crt", key = "/no.key" } VirtualHost "x"').pair, undefined);
});

test("files that include one another, themselves or nothing end, and are named", () => {
  const path = "/etc/prosody/prosody.cfg.lua";
  const self = mapText('VirtualHost "a" Include "prosody.cfg.lua" Include "none.lua" Include(nil)');
  assert.match(said(self), /more than 16 files include one another/);
  assert.match(said(self), /\/etc\/prosody\/none\.lua cannot be read/);
  const many = mapText('Include "*.lua" Include "*.lua" VirtualHost "a"', { "/etc/prosody/b.lua": 'Include "*.lua"' });
  assert.match(said(many), /Include is left out/);
  assert.equal(
    readSections(path, filesOf({}), () => undefined),
    undefined,
  );
});

test("what this version refuses stands in the configuration as a comment, and the rest is accepted", () => {
  const given = {
    domain: "example.com",
    contacts: { url: "http://a/%s" },
    oauth: { later: "k*/\n" },
    http: { publicUrl: "x" },
  };
  const { text, value, notices } = writeConfig(given, "/a\n.lua", { folder: "/", environment: {} });
  assert.deepEqual(value, { domain: "example.com", contacts: { url: "http://a/%s" } });
  assert.deepEqual(notices.map(({ where }) => where).sort(), ["http.publicUrl", "oauth.later"]);
  assert.match(text, /^\/\/ for later: "oauth\.later": "k\*\/\\n"$/m);
  const brace = { ...given, http: { publicUrl: `https://a/\${HOME}` } };
  const without = writeConfig(brace, "/a.lua", { folder: "/", environment: { HOME: "b" } });
  assert.doesNotMatch(without.text, /HOME/);
});
