import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { reportLimits } from "./check/answer.ts";
import { Findings } from "./check/report.ts";
import { check } from "./check.ts";

type Handle = (request: IncomingMessage, response: ServerResponse, body: string) => void;

async function application(t: TestContext, handle: Handle): Promise<string> {
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => {
      body += chunk;
    });
    request.on("end", () => handle(request, response, body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function run(t: TestContext, config: Record<string, unknown>, name = "john") {
  const folder = mkdtempSync(join(tmpdir(), "kith-check-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const listen = { c2s: 0, c2sTls: null, http: 0, https: null };
  const whole = { domain: "localhost", storage: "memory", allowPlaintext: true, listen, ...config };
  writeFileSync(join(folder, "kith.config.json"), JSON.stringify(whole));
  const lines: string[] = [];
  const out = (line: string): void => void lines.push(line);
  const { stdin, stderr } = process;
  const code = await check.run([name], { out, err: out, folder, environment: {}, stdin, stderr });
  return { code, text: lines.join("\n"), failures: lines.filter((line) => line.startsWith("FAIL")) };
}

const PEOPLE: Readonly<Record<string, unknown>> = {
  john: { "marie@localhost": { name: "Marie" }, "tim@localhost": { subscription: "to" }, "x@elsewhere.example": {} },
  marie: { "john@localhost": {} },
  tim: { "john@localhost": { subscription: "from" } },
};

function nameIn(request: IncomingMessage): string {
  return decodeURIComponent((request.url ?? "").slice("/contacts/".length));
}

/** As the contract has it. */
const good: Handle = (request, response, body) => {
  if (request.url === "/batch") {
    const { users } = JSON.parse(body) as { users: string[] };
    response.end(JSON.stringify(Object.fromEntries(users.map((user) => [user, PEOPLE[user] ?? null]))));
    return;
  }
  if (request.url?.startsWith("/contacts/") !== true) {
    response.writeHead(405).end();
    return;
  }
  const list = PEOPLE[nameIn(request)];
  if (list === undefined) {
    response.writeHead(404).end();
    return;
  }
  const text = JSON.stringify(list);
  const etag = `"${createHash("sha256").update(text).digest("hex")}"`;
  if (request.headers["if-none-match"] === etag) response.writeHead(304, { etag }).end();
  else response.writeHead(200, { etag }).end(text);
};

test("an application as the contract has it: exit 0, and neither contacts nor secrets are printed", async (t) => {
  const url = await application(t, good);
  const secret = `whsec_${Buffer.alloc(24, 7).toString("base64")}`;
  const { code, text, failures } = await run(t, {
    contacts: { url: `${url}/contacts/%s`, batchUrl: `${url}/batch`, secret, bearer: "very-secret" },
    events: { url: `${url}/events` },
    proposals: { url: `${url}/proposals` },
  });
  assert.deepEqual(failures, []);
  assert.equal(code, 0);
  assert.match(text, /answered 3 contacts/);
  assert.match(text, /ok {5}ETag: .*304/);
  assert.match(text, /ok {5}time: \d+ ms of 5000 ms/);
  assert.match(text, /ok {5}size: \d+ of 8388608 bytes/);
  assert.match(text, /ok {5}clock/);
  assert.match(text, /ok {5}difficult names: q\?x=1, a%b, jürgen/);
  assert.match(text, /ok {5}encoding/);
  assert.match(text, /ok {5}symmetry: a sample of 2 contacts agrees/);
  assert.match(text, /ok {3}contacts\.batchUrl of localhost/);
  assert.match(text, /ok {3}events\.url of localhost: .* is reached \(it answers 405/);
  assert.match(text, /ok {3}proposals\.url of localhost/);
  assert.match(text, /note refresh: no server runs/);
  assert.doesNotMatch(text, /marie|tim@|elsewhere|whsec_|very-secret/i);
});

test("what the application does wrong is told, each with the line to mend", async (t) => {
  let count = 0;
  const url = await application(t, (request, response, body) => {
    if (request.url === "/batch") {
      const [first = ""] = (JSON.parse(body) as { users: string[] }).users;
      response.end(JSON.stringify({ [first]: { "somebody@localhost": {} } }));
      return;
    }
    if (request.url === "/events") {
      response.writeHead(302, { location: "/elsewhere" }).end();
      return;
    }
    response.setHeader("date", new Date(Date.now() - 400_000).toUTCString());
    let name: string;
    try {
      name = decodeURIComponent(nameIn(request)).replace(/[?#].*$/, ""); // twice, and cut
    } catch {
      response.writeHead(500).end();
      return;
    }
    const lists: Readonly<Record<string, unknown>> = { ...PEOPLE, marie: {}, tim: { "john@localhost": {} } };
    response.setHeader("etag", `"${count++}"`);
    response.end(JSON.stringify(lists[name] ?? {}));
  });
  const { code, text, failures } = await run(t, {
    contacts: { url: `${url}/contacts/%s`, batchUrl: `${url}/batch` },
    events: { url: `${url}/events` },
    proposals: { url: "http://127.0.0.1:1/proposals" },
  });
  assert.equal(code, 1);
  for (const wanted of [
    /ETag: it is another each time\. Make it of the list's content/,
    /clock: .* 40\d s behind this machine's\. .*NTP/,
    /the name a%b \(a%25b in the path\): the application answered 500\. .*percent-decode it once/,
    /the name john\?x=1 is given the contacts of john: .*\? is cut off/,
    /the name joh%6e is given the contacts of john: the path is decoded twice/,
    /john@localhost lists marie@localhost as both, and marie@localhost does not list john@localhost\. .*both sides/,
    /tim@localhost as to, and tim@localhost lists john@localhost as both/,
    /contacts\.batchUrl of localhost: .* of kith-check-nobody: .*null stands for/,
    /john has other contacts here than at contacts\.url/,
    /events\.url of localhost: .* redirects\. .*events\.url/,
    /proposals\.url of localhost: .*refuses connections.*mend proposals\.url/,
  ]) {
    assert.ok(
      failures.some((line) => wanted.test(line)),
      `${wanted} in\n${text}`,
    );
  }
  assert.match(text, /note contacts\.secret of localhost is not set/);
  assert.doesNotMatch(text, /somebody@/);
});

test("what takes more than half of its time or size is told before it is too late", async (t) => {
  const url = await application(t, (_request, response) => {
    response.end(JSON.stringify({ "a@localhost": { name: "x".repeat(700) } }));
  });
  const { text } = await run(t, { contacts: { url: `${url}/contacts/%s`, maxBytes: "1kB" } });
  assert.match(text, /FAIL {3}size: \d+ of 1\d+ bytes .*raise contacts\.maxBytes/);
  assert.match(text, /note {3}ETag: none/);
  const lines: string[] = [];
  const probe = { config: { contacts: { timeout: 5000, maxBytes: 1 } } } as Parameters<typeof reportLimits>[1];
  for (const ms of [2500, 2501]) {
    const asked = { answer: { kind: "not-found" }, response: undefined, ms, at: 0 } as const;
    reportLimits(asked, probe, new Findings((line) => lines.push(line)));
  }
  assert.match(lines[0] ?? "", /^ok {5}time: 2500 ms of 5000 ms/);
  assert.match(lines[1] ?? "", /^FAIL {3}time: 2501 ms of 5000 ms .*raise contacts\.timeout/);
});

test("If-None-Match that is ignored, or answered with an error", async (t) => {
  for (const status of [200, 412]) {
    const url = await application(t, (request, response) => {
      const isAgain = request.headers["if-none-match"] !== undefined;
      response.writeHead(isAgain ? status : 200, { etag: '"1"' }).end("{}");
    });
    const { failures } = await run(t, { contacts: { url: `${url}/contacts/%s` } });
    assert.match(
      failures[0] ?? "",
      status === 200 ? /If-None-Match is ignored/ : /with If-None-Match the answer was 412/,
    );
  }
});

test("an application that wants a token is told of once", async (t) => {
  const url = await application(t, (_request, response) => void response.writeHead(401).end());
  const { failures } = await run(t, { contacts: { url: `${url}/contacts/%s` } });
  assert.equal(failures.length, 1);
  assert.match(failures[0] ?? "", /answered 401\. Set contacts\.bearer/);
});
