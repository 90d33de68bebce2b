/** XEP-0484 behind the stream: tokens that are given, used, replaced, and that end. */
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { test } from "node:test";
import { FakeClock, settle } from "../../../test/support/clock.ts";
import { type Log, silentLog } from "../../log.ts";
import { Metrics } from "../../metrics.ts";
import type { SaslContext, SaslOutcome } from "../../xmpp/sasl/mechanism.ts";
import type { Sasl2Request } from "../../xmpp/sasl/sasl2-request.ts";
import { createAuthenticator } from "../authenticator.ts";
import { createHasher } from "../hasher.ts";
import { createMemoryAccounts } from "../memory-accounts.ts";
import { createMemoryDevices } from "../memory-devices.ts";
import { setPassword } from "../password.ts";
import { NO_WAYS, type Ways } from "../ways.ts";

const DOMAIN = "example.com";
const NONE = "HT-SHA-256-NONE";
const EXPR = "HT-SHA-256-EXPR";
const PHONE = "d4565fa7-4d72-4749-b3d3-740edbf87770";
const LAPTOP = "00000000-0000-4000-8000-000000000001";
const DAY = 86_400_000;
const LIFETIME = 21 * DAY;
const exporter = new Uint8Array(32).fill(7);
const REFUSED = { kind: "failure", condition: "not-authorized" };
const EXPIRED = { kind: "failure", condition: "credentials-expired" };

const hasher = createHasher();

type Success = Extract<SaslOutcome, { readonly kind: "success" }>;

interface WorldOptions {
  readonly ways?: Partial<Ways>;
  readonly local?: boolean;
  readonly log?: Log;
  readonly devices?: number;
  readonly isHeld?: (domain: string, username: string, credential: string) => boolean;
}

async function world(options: WorldOptions = {}) {
  const { ways = {}, local = true, log = silentLog } = options;
  const clock = new FakeClock();
  const devices = createMemoryDevices(clock);
  const accounts = createMemoryAccounts(); // as from the command line: nothing of devices is told
  const setTo = (username: string, password: string) =>
    setPassword(accounts, hasher, { domain: DOMAIN, username, password, now: clock.now() });
  if (local) await setTo("john", "secret");
  if (local) await setTo("marie", "secret");
  await clock.advance(1000);
  const authenticator = createAuthenticator({
    domain: DOMAIN,
    accounts: local ? accounts : undefined,
    ways: { ...NO_WAYS, ...ways },
    clock,
    log,
    metrics: new Metrics(),
    serverSecret: new Uint8Array(32).fill(1),
    hasher,
    devices: {
      store: devices,
      limits: { lifetime: LIFETIME, devices: options.devices ?? 20 },
      ...(options.isHeld === undefined ? {} : { isHeld: options.isHeld }),
    },
  });

  function contextOf(request: Partial<Sasl2Request>, more: Partial<SaslContext> = {}): SaslContext {
    const agent = { id: PHONE, software: "Conversations", device: "Pixel 8" };
    const nothing = { from: undefined, bind: undefined, resume: undefined, token: undefined, tokenFor: undefined };
    return {
      domain: DOMAIN,
      secure: true,
      channelBindings: { "tls-exporter": exporter },
      address: "127.0.0.1",
      sasl2: { agent, ...nothing, ...request },
      ...more,
    };
  }

  /** By PLAIN, asking for a token. */
  async function login(request: Partial<Sasl2Request> = {}, who = "john", more: Partial<SaslContext> = {}) {
    const context = contextOf({ tokenFor: NONE, ...request }, more);
    return authenticator.start("PLAIN", context)?.step(Buffer.from(`\0${who}\0secret`));
  }

  async function tokenOf(request: Partial<Sasl2Request> = {}, who = "john"): Promise<string> {
    const outcome = await login(request, who);
    assert.ok(outcome?.kind === "success" && outcome.token !== undefined);
    return outcome.token.secret;
  }

  /** By a token. */
  async function comeBack(
    secret: string,
    request: Partial<Sasl2Request> = {},
    { mechanism = NONE, who = "john", binding }: { mechanism?: string; who?: string; binding?: Uint8Array } = {},
  ): Promise<SaslOutcome | undefined> {
    const bound = binding ?? (mechanism === EXPR ? exporter : new Uint8Array(0));
    const context = contextOf({ token: { count: undefined, invalidate: false }, ...request });
    const hashed = createHmac("sha256", secret).update("Initiator").update(bound).digest();
    const answer = authenticator.start(mechanism, context)?.step(Buffer.concat([Buffer.from(`${who}\0`), hashed]));
    let isThere = false;
    void Promise.resolve(answer).finally(() => {
      isThere = true;
    });
    for (let turns = 0; !isThere && turns < 100; turns++) await settle();
    while (!isThere) await clock.advance(1000); // a wrong one may be held back
    return answer;
  }

  const ids = () => devices.list(DOMAIN, "john").map(({ id }) => id);
  return { clock, devices, accounts, authenticator, setTo, login, tokenOf, comeBack, contextOf, ids };
}

function success(outcome: SaslOutcome | undefined): Success {
  assert.ok(outcome?.kind === "success", JSON.stringify(outcome));
  return outcome;
}

test("XEP-0484 §3.1: mechanisms that the connection can bind to, then one without; none where it is not safe", async () => {
  const { authenticator, contextOf } = await world();
  assert.deepEqual(authenticator.tokenMechanisms?.(contextOf({})), [EXPR, NONE]);
  assert.deepEqual(authenticator.tokenMechanisms?.(contextOf({}, { channelBindings: {} })), [NONE]);
  assert.deepEqual(authenticator.tokenMechanisms?.(contextOf({}, { secure: false })), []);
  assert.ok(!authenticator.mechanisms(contextOf({})).some((name) => name.startsWith("HT-")));
  assert.equal(authenticator.start(NONE, contextOf({}, { secure: false })), undefined);
  assert.equal(authenticator.start("HT-SHA-256-ENDP", contextOf({})), undefined);
});

test("XEP-0484 §3.2, §3.3: a login that asks for it gets a token with an end; one that does not gets none", async () => {
  const { login, clock, devices } = await world();
  const { token } = success(await login());
  assert.match(token?.secret ?? "", /^[\w-]{43}$/);
  assert.equal(token?.expiry, new Date(clock.now() + LIFETIME).toISOString().replace(".000Z", "Z"));
  const [device] = devices.list(DOMAIN, "john");
  assert.deepEqual([device?.id, device?.name, device?.isLocal], [PHONE, "Conversations · Pixel 8", true]);
  const without: readonly Partial<Sasl2Request>[] = [
    { tokenFor: undefined },
    { tokenFor: "HT-SHA-256-ENDP" },
    { tokenFor: "PLAIN" },
    { agent: undefined },
    { agent: { id: undefined, software: "x", device: "" } },
  ];
  for (const request of without) assert.equal(success(await login(request)).token, undefined, JSON.stringify(request));
  assert.equal(success(await login({}, "john", { secure: true, channelBindings: {} })).token !== undefined, true);
});

test("XEP-0484 §3.4: the token lets its device in, with the server's proof, and the session is the device's", async () => {
  for (const mechanism of [NONE, EXPR]) {
    const { tokenOf, comeBack } = await world();
    const secret = await tokenOf({ tokenFor: mechanism });
    const { username, data, credential, token } = success(await comeBack(secret, {}, { mechanism }));
    assert.deepEqual([username, credential, token], ["john", `device:${PHONE}`, undefined]);
    const binding = mechanism === EXPR ? exporter : new Uint8Array(0);
    const proof = createHmac("sha256", secret).update("Responder").update(binding).digest();
    assert.deepEqual(Buffer.from(data ?? []), proof);
    assert.equal((await comeBack(secret, {}, { mechanism }))?.kind, "success");
  }
});

const HOSTILE: readonly [string, Parameters<Awaited<ReturnType<typeof world>>["comeBack"]>, unknown][] = [
  ["a wrong token", ["wrong"], REFUSED],
  ["another installation", ["*", { agent: { id: LAPTOP, software: "", device: "" } }], REFUSED],
  ["somebody else", ["*", {}, { who: "marie" }], REFUSED],
  ["nobody", ["*", {}, { who: "nobody" }], REFUSED],
  ["another mechanism", ["*", {}, { mechanism: EXPR }], REFUSED],
  ["no user agent", ["*", { agent: undefined }], { kind: "failure", condition: "malformed-request" }],
  ["no <fast/>", ["*", { token: undefined }], { kind: "failure", condition: "malformed-request" }],
  [
    "a stream that names another",
    ["*", { from: "marie@example.com" }],
    { kind: "failure", condition: "invalid-authzid" },
  ],
];
for (const [title, [secret, ...more], expected] of HOSTILE) {
  test(`XEP-0484 §3.4: ${title} is refused, and the token stays good for its own device`, async () => {
    const { tokenOf, comeBack } = await world();
    const token = await tokenOf();
    assert.deepEqual(await comeBack(secret === "*" ? token : secret, ...more), expected);
    assert.equal((await comeBack(token, { from: "john@example.com" }))?.kind, "success");
  });
}

test("XEP-0484 §3.4: a token bound to the channel is no good on another, nor without binding", async () => {
  const { tokenOf, comeBack } = await world();
  const token = await tokenOf({ tokenFor: EXPR });
  assert.deepEqual(await comeBack(token, {}, { mechanism: EXPR, binding: new Uint8Array(32) }), REFUSED);
  assert.deepEqual(await comeBack(token, {}, { mechanism: NONE }), REFUSED);
  assert.equal((await comeBack(token, {}, { mechanism: EXPR }))?.kind, "success");
});

test("XEP-0484 §3.4: a count that was used, or a lower one, is a replay; a wrong token raises none", async () => {
  const { tokenOf, comeBack } = await world();
  const token = await tokenOf();
  const by = (count: number, secret = token) => comeBack(secret, { token: { count, invalidate: false } });
  assert.equal((await by(0))?.kind, "success");
  assert.equal((await by(5))?.kind, "success");
  assert.deepEqual([await by(5), await by(4), await by(0)], [REFUSED, REFUSED, REFUSED]);
  assert.deepEqual(await by(1000, "wrong"), REFUSED);
  assert.equal((await by(6))?.kind, "success");
});

test("XEP-0484 §3.5: after a day a new token comes with success; the old one stays good until the new one is used", async () => {
  const { tokenOf, comeBack, clock } = await world();
  const old = await tokenOf();
  await clock.advance(DAY - 1);
  assert.equal(success(await comeBack(old)).token, undefined);
  await clock.advance(1);
  const lost = success(await comeBack(old)).token?.secret ?? "";
  const second = success(await comeBack(old)).token?.secret ?? "";
  assert.notEqual(lost, second);
  assert.deepEqual(await comeBack(lost), REFUSED); // unused, and replaced
  assert.equal(success(await comeBack(second)).token, undefined);
  assert.deepEqual(await comeBack(old), REFUSED);
  assert.equal((await comeBack(second))?.kind, "success");
});

test("XEP-0484 §3.5: a device in use never ends; one that stays away does, and is told so", async () => {
  const { tokenOf, comeBack, clock, ids } = await world();
  let secret = await tokenOf();
  for (let weeks = 0; weeks < 8; weeks++) {
    await clock.advance(7 * DAY);
    secret = success(await comeBack(secret)).token?.secret ?? secret;
  }
  await clock.advance(LIFETIME);
  assert.deepEqual(ids(), []);
  assert.deepEqual(await comeBack(secret), EXPIRED);
});

test("XEP-0484 §3.6: invalidate logs in once more and leaves no token, unless another is asked for", async () => {
  const { tokenOf, comeBack, clock, ids } = await world();
  const invalidate = { token: { count: undefined, invalidate: true } };
  const token = await tokenOf();
  await clock.advance(2 * DAY); // due for another
  const newer = success(await comeBack(token)).token?.secret ?? "";
  const last = success(await comeBack(token, invalidate));
  assert.deepEqual([last.token, last.credential, ids()], [undefined, undefined, []]);
  assert.deepEqual([await comeBack(token), await comeBack(newer)], [REFUSED, REFUSED]);
  const other = await tokenOf();
  const asked = success(await comeBack(other, { ...invalidate, tokenFor: EXPR })).token?.secret ?? "";
  assert.deepEqual(await comeBack(other), REFUSED);
  assert.equal((await comeBack(asked, {}, { mechanism: EXPR }))?.kind, "success");
});

test("XEP-0484 §5.1: who asks again after a whole login gets a new token, and the old one is good until it is used", async () => {
  const { tokenOf, comeBack, ids } = await world();
  const first = await tokenOf();
  assert.equal((await comeBack(first))?.kind, "success");
  const second = await tokenOf();
  assert.equal((await comeBack(first))?.kind, "success");
  assert.equal((await comeBack(second))?.kind, "success");
  assert.deepEqual(await comeBack(first), REFUSED);
  assert.deepEqual(ids(), [PHONE]);
});

test("a token dies with the password, and with the account, also where another process changed them", async () => {
  const { tokenOf, comeBack, clock, setTo, accounts, ids } = await world();
  const token = await tokenOf();
  await clock.advance(1000);
  await setTo("john", "another");
  assert.deepEqual(await comeBack(token), EXPIRED);
  assert.deepEqual(ids(), []);
  const marie = await tokenOf({}, "marie");
  accounts.remove(DOMAIN, "marie");
  assert.deepEqual(await comeBack(marie, {}, { who: "marie" }), EXPIRED);
});

test("a whole login after a change of the password does not keep a token from before it", async () => {
  const { tokenOf, comeBack, clock, setTo } = await world();
  const old = await tokenOf();
  assert.equal((await comeBack(old))?.kind, "success");
  await clock.advance(1000);
  await setTo("john", "secret");
  await clock.advance(1000);
  const next = await tokenOf();
  assert.deepEqual(await comeBack(old), REFUSED);
  assert.equal((await comeBack(next))?.kind, "success");
});

test("a login that began before the password was changed gets no token", async () => {
  const { authenticator, contextOf, clock, setTo } = await world();
  const exchange = authenticator.start("PLAIN", contextOf({ tokenFor: NONE }));
  await clock.advance(1000);
  await setTo("john", "secret");
  assert.equal(success(await exchange?.step(Buffer.from("\0john\0secret"))).token, undefined);
});

const byApplication: WorldOptions = { local: false, ways: { passwords: async () => true } };

test("where only the application could take a device back, it ends a lifetime after its last whole login", async () => {
  const { tokenOf, comeBack, clock } = await world(byApplication);
  let secret = await tokenOf();
  for (let day = 1; day < 21; day++) {
    await clock.advance(DAY);
    const outcome = success(await comeBack(secret));
    secret = outcome.token?.secret ?? secret;
  }
  await clock.advance(DAY - 1);
  assert.equal((await comeBack(secret))?.kind, "success");
  await clock.advance(1);
  assert.deepEqual(await comeBack(secret), EXPIRED);
});

test("what let a device in first can be taken back later: its device goes by that name, and lives as long as it is used", async () => {
  const right = { kind: "right", username: "john", expires: undefined, credential: "grant:1" } as const;
  let isHeld = true;
  const { authenticator, contextOf, comeBack, clock, devices } = await world({
    local: false,
    ways: { introspection: async () => right },
    isHeld: (...of) => isHeld && of.join(" ") === "example.com john grant:1",
  });
  const context = contextOf({ tokenFor: NONE });
  const begun = authenticator.start("OAUTHBEARER", context);
  const outcome = success(await begun?.step(Buffer.from("n,,\x01auth=Bearer opaque-token-of-sixteen\x01\x01")));
  let secret = outcome.token?.secret ?? "";
  assert.equal(outcome.credential, "grant:1");
  for (let weeks = 0; weeks < 8; weeks++) {
    await clock.advance(7 * DAY);
    const back = success(await comeBack(secret));
    assert.deepEqual([back.credential, back.origin], [`device:${PHONE}`, "grant:1"]);
    secret = back.token?.secret ?? secret;
  }
  isHeld = false;
  assert.deepEqual(await comeBack(secret), EXPIRED);
  assert.deepEqual(devices.removeOf(DOMAIN, "john", "grant:1"), []);
});

test("a device of somebody who is gone, as the application says, does not come back, not even to sign out", async () => {
  let isThere: boolean | undefined = true;
  const ways = { passwords: async () => true, existence: async () => isThere };
  const { tokenOf, comeBack } = await world({ local: false, ways });
  const token = await tokenOf();
  assert.equal((await comeBack(token))?.kind, "success");
  isThere = undefined; // the application is down
  assert.equal((await comeBack(token))?.kind, "success");
  isThere = false;
  assert.deepEqual(await comeBack(token), REFUSED);
  assert.deepEqual(await comeBack(token, { token: { count: undefined, invalidate: true } }), REFUSED);
});

test("a session that has to end gives no token to come back by", async () => {
  const expires = 5_000_000_000_000;
  const right = { kind: "right", username: "john", expires } as const;
  const { authenticator, contextOf } = await world({
    local: false,
    ways: { introspection: async () => right, endSessionAtExpiry: true },
  });
  const begun = authenticator.start("OAUTHBEARER", contextOf({ tokenFor: NONE }));
  const outcome = success(await begun?.step(Buffer.from("n,,\x01auth=Bearer opaque-token-of-sixteen\x01\x01")));
  assert.deepEqual([outcome.endsAt, outcome.token], [expires, undefined]);
});

test("so many devices a person: the longest unused goes first", async () => {
  const { tokenOf, comeBack, clock, ids } = await world({ devices: 3 });
  const agents = [1, 2, 3, 4].map((n) => ({ id: `00000000-0000-4000-8000-00000000000${n}`, software: "", device: "" }));
  const secrets: string[] = [];
  for (const agent of agents.slice(0, 3)) {
    await clock.advance(1000);
    secrets.push(await tokenOf({ agent }));
  }
  await clock.advance(1000);
  assert.equal((await comeBack(secrets[0] ?? "", { agent: agents[0] }))?.kind, "success");
  await clock.advance(1000);
  await tokenOf({ agent: agents[3] });
  assert.deepEqual(
    ids(),
    [agents[3], agents[0], agents[2]].map((agent) => agent?.id),
  );
  assert.deepEqual(await comeBack(secrets[1] ?? "", { agent: agents[1] }), REFUSED);
});

test("guessing tokens is held back like guessing passwords; one that has expired is no guess", async () => {
  const { authenticator, contextOf, clock, tokenOf, comeBack, setTo } = await world();
  const token = await tokenOf();
  for (let tries = 0; tries < 3; tries++) await comeBack("wrong");
  let answer: SaslOutcome | undefined;
  const context = contextOf({ token: { count: undefined, invalidate: false } });
  const guess = authenticator.start(NONE, context)?.step(Buffer.from("john\0wrong"));
  void Promise.resolve(guess).then((outcome) => {
    answer = outcome;
  });
  while (clock.pending === 0) await settle();
  assert.equal(answer, undefined);
  await clock.advance(5000);
  assert.deepEqual(answer, REFUSED);
  await setTo("john", "another");
  assert.deepEqual(await comeBack(token), EXPIRED);
  assert.equal(clock.pending, 0);
});

test("XEP-0388 §2.4: a stream that names one person lets in no other, by any mechanism, and gives no token", async () => {
  const { login, ids } = await world();
  const foreign = { kind: "failure", condition: "invalid-authzid" };
  assert.deepEqual(await login({ from: "marie@example.com" }), foreign);
  assert.deepEqual(await login({ from: "john@other.example" }), foreign);
  assert.deepEqual(ids(), []);
  assert.equal((await login({ from: "john@example.com" }))?.kind, "success");
});

test("storage that fails while a token is made: the login goes on without one, and it is logged", async () => {
  const logged: string[] = [];
  const log = { ...silentLog, error: (text: string) => void logged.push(text) };
  const { login, devices } = await world({ log });
  Object.assign(devices, {
    get() {
      throw new Error("disk on fire");
    },
  });
  assert.equal(success(await login()).token, undefined);
  assert.deepEqual(logged, ["a device could not be given a token"]);
});

test("no token stands in the log, and who judged does", async () => {
  const lines: unknown[] = [];
  const write = (text: string, fields?: object) => void lines.push({ text, ...fields });
  const { tokenOf, comeBack } = await world({ log: { error: write, warn: write, info: write, debug: write } });
  const token = await tokenOf();
  await comeBack(token);
  await comeBack("wrong");
  const told = JSON.stringify(lines);
  assert.match(told, /"mechanism":"HT-SHA-256-NONE","by":"device"/);
  assert.match(told, /no such token of this device/);
  assert.ok(!told.includes(token));
});
