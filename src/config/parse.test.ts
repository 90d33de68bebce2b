import assert from "node:assert/strict";
import { test } from "node:test";
import { type Mistake, mistakeLine } from "./mistake.ts";
import { parseConfig } from "./parse.ts";

const options = { folder: "/srv/kith", environment: { TOKEN: "t0ken", DB: "people" } };
const least = { domain: "example.com", contacts: { url: "http://127.0.0.1:3000/contacts/%s" } };

function linesOf(input: unknown): readonly string[] {
  const result = parseConfig(input, options);
  return result.ok ? [] : result.mistakes.map(mistakeLine);
}

function mistakesOf(input: unknown): readonly Mistake[] {
  const result = parseConfig(input, options);
  return result.ok ? [] : result.mistakes;
}

function configOf(input: unknown) {
  const result = parseConfig(input, options);
  assert.ok(result.ok, result.ok ? "" : result.mistakes.map(mistakeLine).join("\n"));
  return result.config;
}

test("contract §5: the defaults are those of the example", () => {
  const config = configOf(least);
  assert.deepEqual(config.listen, { address: "127.0.0.1", c2s: 5222, c2sTls: 5223, http: 5280, https: 5281 });
  assert.deepEqual(config.http, {
    auth: "token",
    tokens: [],
    adminTokens: [],
    secrets: [],
    publicUrl: null,
    trustProxy: [],
    maxBody: 1_048_576,
    getRefresh: false,
    openMetrics: false,
  });
  assert.equal(config.allowPlaintext, false);
  assert.deepEqual(config.storage, { kind: "sqlite", path: "/srv/kith/data/kith.sqlite" });
  assert.equal(config.dataFolder, "/srv/kith/data");
  const [domain] = config.domains;
  assert.equal(domain.domain, "example.com");
  assert.equal(domain.contacts.timeout, 5000);
  assert.equal(domain.contacts.maxBytes, 8 * 1024 * 1024);
  assert.equal(domain.contacts.concurrency, 64);
  assert.equal(domain.contacts.notFound, "error");
});

test("contract §5: the example of the contract with every key is accepted", () => {
  const config = configOf({
    ...least,
    contacts: { ...least.contacts, batchUrl: null, timeout: "5s", bearer: null, secret: null },
    proposals: { url: null },
    events: { url: null },
    login: { url: null },
    tls: { cert: null, key: null },
    accounts: { local: true, http: { url: null }, tokens: null },
    oauth: { registrationKey: null, registration: "open", compat: "seed" },
    storage: "memory",
    limits: {},
  });
  assert.deepEqual(config.storage, { kind: "memory" });
  assert.equal(config.dataFolder, undefined);
});

test("every mistake is told at once, each with path, value and expectation", () => {
  const lines = linesOf({
    domain: "exa mple",
    contacts: { url: "ftp://x/%s", timeout: 5, maxBytes: "8 bananas", concurency: 3 },
    listen: { c2s: 70_000, address: "0.0.0.0" },
    allowPlaintext: true,
    http: { auth: "none", tokens: ["a b"], maxBody: "" },
    lisen: {},
    proposals: { url: "ftp://127.0.0.1/p" },
    limits: { session: { perUser: 0 } },
    storage: "postgres",
    tls: { cert: "a.pem" },
  });
  const expected = [
    /^lisen: an object, expected another key: did you mean "listen"\?/,
    /^domain: "exa mple", expected a domain name/,
    /^contacts\.url: "ftp:\/\/x\/%s", expected an http or https URL/,
    /^contacts\.timeout: 5, expected a duration like/,
    /^contacts\.maxBytes: "8 bananas", expected a size like/,
    /^contacts\.concurency: 3, expected another key: did you mean "concurrency"\?/,
    /^listen\.c2s: 70000, expected a port number/,
    /^allowPlaintext: true, expected false: listen\.address "0\.0\.0\.0" is reachable/,
    /^http\.auth: "none", expected "token"/,
    /^http\.tokens\[0\]: \(hidden\), expected a bearer token/,
    /^http\.maxBody: "", expected a size like/,
    /^proposals\.url: "ftp:\/\/127\.0\.0\.1\/p", expected an http or https URL or null/,
    /^limits\.session\.perUser: 0, expected a whole number from 1/,
    /^storage: "postgres", expected "sqlite:" and a path, or "memory"/,
    /^tls\.key: null, expected tls\.cert and tls\.key together/,
  ];
  for (const pattern of expected)
    assert.ok(
      lines.some((line) => pattern.test(line)),
      `${pattern} in\n${lines.join("\n")}`,
    );
  assert.equal(lines.length, expected.length, lines.join("\n"));
});

test("G31: no secret and no password of a URL stands in a mistake", () => {
  const lines = linesOf({
    ...least,
    contacts: { url: "http://app:hunter2@127.0.0.1/list", bearer: "se cret" },
    http: { secrets: ["geheim"] },
  });
  assert.equal(lines.length, 3, lines.join("\n"));
  assert.doesNotMatch(lines.join("\n"), /hunter2|se cret|geheim/);
});

test("a missing domain or contacts URL is said in words", () => {
  const lines = linesOf({});
  assert.match(lines.join("\n"), /^domain: missing, expected a domain name/m);
  assert.match(lines.join("\n"), /^contacts\.url: missing, expected the URL of your application's contacts/m);
  for (const input of [null, [], "x", 3]) assert.match(linesOf(input).join(), /expected an object/);
});

/** As it stands in a file: a dollar sign, then the name in braces. */
const variable = (name: string): string => `$\{${name}}`;

test("a variable of the environment is replaced inside strings; an unset variable is a mistake of its own", () => {
  const config = configOf({
    ...least,
    http: { tokens: [`x${variable("TOKEN")}y`] },
    storage: `sqlite:./${variable("DB")}.sqlite`,
  });
  assert.deepEqual(config.http.tokens, ["xt0keny"]);
  assert.deepEqual(config.storage, { kind: "sqlite", path: "/srv/kith/people.sqlite" });
  assert.match(
    linesOf({ ...least, storage: `sqlite:${variable("NOWHERE")}` }).join("\n"),
    /^storage: .*variable NOWHERE to be set/m,
  );
});

test("several domains, each with its own contacts; shared sections at the top are refused", () => {
  const contacts = least.contacts;
  const config = configOf({ domains: { "A.example": { contacts }, "b.example": { contacts } } });
  assert.deepEqual(
    config.domains.map((domain) => domain.domain),
    ["a.example", "b.example"],
  );
  const lines = linesOf({
    domain: "x.example",
    contacts,
    domains: { "a.example": { contacts: { url: null } }, "A.EXAMPLE": { contacts }, "c d": 3 },
  });
  assert.match(lines.join("\n"), /^domain: "x\.example", expected either "domain" or "domains"/m);
  assert.match(lines.join("\n"), /^contacts: an object, expected it inside each of "domains"/m);
  assert.match(lines.join("\n"), /^domains\["a\.example"\]\.contacts\.url: null, expected the URL/m);
  assert.match(lines.join("\n"), /^domains\["c d"\]: 3, expected an object/m);
  assert.match(linesOf({ domains: {} }).join("\n"), /^domains: an object, expected an object like/m);
});

test("contacts may be a function of the embedding program", () => {
  const contacts = async () => ({});
  assert.equal(configOf({ domain: "localhost", contacts }).domains[0].contactsFunction, contacts);
});

test("plaintext and auth none are accepted on loopback only", () => {
  for (const address of ["127.0.0.1", "127.3.2.1", "::1", "localhost"]) {
    configOf({ ...least, allowPlaintext: true, http: { auth: "none" }, listen: { address } });
  }
  for (const address of ["0.0.0.0", "::", "192.0.2.1", "example.com"]) {
    assert.equal(linesOf({ ...least, allowPlaintext: true, http: { auth: "none" }, listen: { address } }).length, 2);
  }
});

test("an address that cannot be one, and a URL that cannot name a user, are mistakes before anything is started", () => {
  const rows: readonly (readonly [object, RegExp])[] = [
    [{ listen: { address: "not an address" } }, /^listen\.address: "not an address", expected an IP address/],
    [{ listen: { address: "" } }, /^listen\.address/],
    [{ contacts: { url: "http://%s.example/contacts" } }, /^contacts\.url: .*path or query/],
    [{ contacts: { url: "http://%s:x@app.example/%s" } }, /^contacts\.url/],
  ];
  for (const [changes, expected] of rows) {
    const lines = linesOf({ ...least, ...changes });
    assert.equal(lines.length, 1, lines.join("\n"));
    assert.match(lines[0] ?? "", expected);
  }
  for (const address of ["::", "0.0.0.0", "localhost", "chat-1.example.com", "fe80::1%eth0"]) {
    assert.deepEqual(linesOf({ ...least, listen: { address } }), []);
  }
});

test("the same domain twice is a mistake, also where one of them has others", () => {
  const contacts = least.contacts;
  const twice = { domains: { "a.example": { contacts, nope: 1 }, "A.example": { contacts } } };
  assert.match(linesOf(twice).join("\n"), /domains\["A\.example"\]: "A\.example", expected each domain once/);
});

test("accounts.tokens: one secret or two, each long enough; a key set needs issuer and audience", () => {
  const [a, b] = ["a".repeat(32), "ü".repeat(16)];
  const tokens = (given: object) => linesOf({ ...least, accounts: { tokens: given } });
  const [domain] = configOf({ ...least, accounts: { tokens: { secret: [a, b] } } }).domains;
  assert.deepEqual(domain.accounts.tokens?.secret, [a, b]);
  const [other] = configOf({ ...least, accounts: { local: false, tokens: { secret: a, maxAge: "5m" } } }).domains;
  assert.deepEqual([other.accounts.tokens?.secret, other.accounts.tokens?.maxAge], [[a], 300_000]);
  assert.match(tokens({ secret: "short" })[0] ?? "", /accounts\.tokens\.secret.*32 bytes/);
  assert.match(tokens({ secret: [a, b, a] })[0] ?? "", /at most 2/);
  assert.match(tokens({})[0] ?? "", /one of secret, jwks and introspection\.url/);
  assert.match(tokens({ jwks: "keys.json" }).join(), /tokens\.issuer.*tokens\.audience/);
  assert.match(tokens({ secret: a, algorithms: ["HS256"] })[0] ?? "", /an algorithm like "RS256"/);
  assert.match(tokens({ introspection: { url: "http://idp.example/" } }).join(), /clientId.*clientSecret/);
  const files = { jwks: "keys.json", issuer: "https://idp.example", audience: "kith" };
  assert.equal(
    configOf({ ...least, accounts: { tokens: files } }).domains[0].accounts.tokens?.jwks,
    "/srv/kith/keys.json",
  );
});

test("accounts.fast: on by itself, null switches it off, and it needs a device and some time", () => {
  const fastOf = (accounts: object) => configOf({ ...least, accounts }).domains[0].accounts.fast;
  assert.deepEqual(fastOf({}), { lifetime: 21 * 86_400_000, devices: 20 });
  assert.deepEqual(fastOf({ fast: { lifetime: "1h" } }), { lifetime: 3_600_000, devices: 20 });
  assert.equal(fastOf({ fast: null }), null);
  assert.match(linesOf({ ...least, accounts: { fast: { devices: 0 } } })[0] ?? "", /accounts\.fast\.devices/);
  assert.match(linesOf({ ...least, accounts: { fast: { lifetime: "0s" } } })[0] ?? "", /accounts\.fast\.lifetime/);
});

test("accounts: somebody must be able to log in, and checked passwords are kept for a minute at most", () => {
  assert.match(linesOf({ ...least, accounts: { local: false } })[0] ?? "", /accounts\.local/);
  const http = { url: "http://127.0.0.1:3000/password", cache: "2m" };
  assert.match(linesOf({ ...least, accounts: { http } })[0] ?? "", /accounts\.http\.cache.*60s/);
  assert.deepEqual(linesOf({ ...least, accounts: { local: false, http: { ...http, cache: "60s" } } }), []);
  assert.match(linesOf({ ...least, accounts: { http: { exists: true } } })[0] ?? "", /accounts\.http\.exists/);
});

const KEY = "correct-horse-battery-staple-0123456789";

test("the authorization server: its key, its address and what login.url needs", () => {
  const contacts = { url: "http://127.0.0.1:1/%s" };
  const at = (more: object) =>
    mistakesOf({ domain: "example.com", contacts, ...more }).map(({ path }) => path.join("."));
  assert.deepEqual(at({ oauth: { registrationKey: KEY } }), []);
  assert.deepEqual(
    at({ oauth: { registrationKey: [KEY, KEY] }, http: { publicUrl: "https://chat.example.com/" } }),
    [],
  );
  assert.deepEqual(at({ oauth: { registrationKey: "short" } }), ["oauth.registrationKey"]);
  assert.deepEqual(at({ oauth: { registrationKey: KEY, registration: "token" } }), ["oauth.registrationTokens"]);
  assert.deepEqual(at({ oauth: { registrationKey: KEY }, http: { publicUrl: "https://example.com/kith" } }), [
    "http.publicUrl",
  ]);
  assert.deepEqual(at({ oauth: { registrationKey: KEY, denied: ["x"] } }), ["oauth.denied.0"]);
  assert.deepEqual(at({ oauth: { registrationKey: KEY, issuedSince: "yesterday" } }), ["oauth.issuedSince"]);
  const url = "https://app.example.com/login";
  assert.deepEqual(at({ oauth: { registrationKey: KEY }, login: { url } }), ["login.secret"]);
  assert.deepEqual(at({ login: { url, secret: KEY } }), ["oauth.registrationKey"]);
  assert.deepEqual(at({ oauth: { registrationKey: KEY }, login: { url, secret: KEY } }), []);
});

test("RFC 8414 §2: two domains do not share an issuer", () => {
  const domain = { contacts: { url: "http://127.0.0.1:1/%s" }, oauth: { registrationKey: KEY } };
  const http = { publicUrl: "https://chat.example.com" };
  const domains = { "a.example": domain, "b.example": domain };
  assert.deepEqual(
    mistakesOf({ domains, http }).map(({ path }) => path.join(".")),
    ["domains.b.example.http.publicUrl"],
  );
  const own = { "a.example": domain, "b.example": { ...domain, http: { publicUrl: "https://b.example" } } };
  assert.deepEqual(mistakesOf({ domains: own, http }), []);
});

test("contract §5: what parts must be together is told beside what is wrong in each of them", () => {
  const at = (more: object) => mistakesOf({ ...least, ...more }).map(({ path }) => path.join("."));
  const url = "https://app.example.com/login";
  assert.deepEqual(at({ login: { url, secret: "short" } }), ["login.secret", "oauth.registrationKey"]);
  assert.deepEqual(at({ login: { url }, oauth: { registrationKey: "short" } }), [
    "oauth.registrationKey",
    "login.secret",
  ]);
  assert.deepEqual(at({ accounts: { local: 1 }, admins: ["marie@other.example"], login: { url } }), [
    "accounts.local",
    "admins.0",
    "login.secret",
    "oauth.registrationKey",
  ]);
  const publicUrl = "https://chat.example.com/kith";
  assert.deepEqual(at({ oauth: { registrationKey: KEY }, http: { publicUrl, maxBody: "much" } }), [
    "http.maxBody",
    "http.publicUrl",
  ]);
});

test("admins: bare JIDs of the domain itself, prepared", () => {
  const [domain] = configOf({ ...least, admins: ["John@Example.com", "marie@example.com"] }).domains;
  assert.deepEqual(domain.admins, ["john@example.com", "marie@example.com"]);
  assert.deepEqual(configOf(least).domains[0].admins, []);
  for (const wrong of ["john", "example.com", "john@example.com/phone", "john@elsewhere.example", "john@@", 7]) {
    assert.match(
      linesOf({ ...least, admins: ["marie@example.com", wrong] }).join(),
      /^admins\[1\]: .*bare JID/,
      `${wrong}`,
    );
  }
});
