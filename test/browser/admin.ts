/**
 * The page at /admin in a real browser: an operator signs in and watches what an application and its people do.
 * Run by `node test/browser/admin.ts`; pictures are kept in screenshots/. Needs Chromium (CHROMIUM, or Debian's).
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import type { Browser, BrowserContext, BrowserContextOptions, Page } from "playwright-core";
import { App } from "../support/app.ts";
import { startWorld, TOKEN, type World } from "../support/world.ts";
import { launchBrowser, needBrowser, SCREENSHOTS, step } from "./chromium.ts";

const DEADLINE_MS = 20_000;
const DESKTOP = { width: 1280, height: 900 };
const PHONE = { width: 390, height: 844 };
const ADMIN_TOKEN = "a-token-that-opens-the-page-and-nothing-else";
const CROWD = 60;

const complaints: string[] = [];
/** The application takes no more events. */
let refuses = false;

/** Nothing may come from another machine, and no page may break. `expected`: what a step provokes. */
function watch(context: BrowserContext, expected: RegExp): void {
  context.setDefaultTimeout(DEADLINE_MS);
  context.on("request", (request) => {
    if (new URL(request.url()).hostname !== "127.0.0.1") complaints.push(`asked a foreign host: ${request.url()}`);
  });
  context.on("weberror", (error) => complaints.push(`an error in a page: ${error.error().stack}`));
  context.on("console", (message) => {
    if (message.type() === "error" && !expected.test(message.text())) complaints.push(message.text());
  });
}

function list(
  ...names: readonly string[]
): Record<string, { readonly name: string; readonly groups: readonly string[] }> {
  const entries = names.map((name) => {
    const called = `${name[0]?.toUpperCase()}${name.slice(1)}`;
    return [`${name}@localhost`, { name: called, groups: name < "f" ? ["Friends"] : ["Work", "Chess"] }] as const;
  });
  return Object.fromEntries(entries);
}

/** A small town: some know each other, some lists disagree, one has mistakes in it. */
function populate(world: World): void {
  const { contacts } = world.app;
  contacts.set("john", list("marie", "aaron", "michael", "tim"));
  contacts.set("marie", list("john", "aaron"));
  contacts.set("aaron", { ...list("john"), "marie@localhost": { subscription: "to" }, "not a jid": {}, "x@": {} });
  contacts.set("michael", list("john"));
  contacts.set("tim", {});
  for (const [n, name] of names(CROWD).entries()) contacts.set(name, list("john", ...names(1, n + 1)));
}

async function comeOnline(world: World): Promise<void> {
  for (const [jid, presence] of [
    ["john@localhost/phone", "<presence><show>away</show><status>On the train</status></presence>"],
    ["john@localhost/laptop", "<presence/>"],
    ["marie@localhost/web", "<presence><show>dnd</show></presence>"],
    ["aaron@localhost/tablet", "<presence/>"],
    ["tim@localhost/web", "<presence/>"],
  ] as const) {
    const client = await world.online(jid);
    client.send(presence);
  }
  for (const name of names(CROWD)) await world.online(`${name}@localhost/web`);
}

const HISTORY_MS = 26 * 60_000;
const STEP_MS = 20_000;

/** Half an hour with an application that is slow in the middle of it and fails at times, in a few seconds. */
async function live(world: World, moveTo: (ms: number) => void): Promise<void> {
  const { app } = world;
  for (let ago = HISTORY_MS; ago > 60_000; ago -= STEP_MS) {
    moveTo(-ago);
    const part = 1 - ago / HISTORY_MS;
    const slow = 8 + 55 * Math.exp(-(((part - 0.45) / 0.12) ** 2));
    const fails = Math.abs(part - 0.47) < 0.04;
    app.answer = (_request, response, username) => {
      setTimeout(() => app.reply(response, username), slow * (0.5 + Math.random()));
      if (fails && username.endsWith("7")) response.writeHead(404).end();
    };
    await world.refresh({ users: names(6, Math.round(part * 40)), dryRun: true });
  }
  app.answer = undefined;
  moveTo(0);
}

/** What fails, and what changes while people are online. */
async function happen({ app, ...world }: World): Promise<void> {
  const { contacts } = app;
  contacts.set("person12", list("john", "marie", "person13"));
  contacts.set("person13", list("person14"));
  await world.refresh(["person12", "person13"]);
  await world.refresh(names(20));
  app.answer = (_request, response) => response.writeHead(503).end();
  await world.refresh(["tim"]);
  app.answer = (_request, response) => response.end("<html>");
  await world.refresh(["tim", "person07"]);
  app.answer = undefined;
  await world.refresh(["person07"]);
}

/** Some of the crowd. */
function names(count: number, from = 0): readonly string[] {
  return Array.from({ length: count }, (_, n) => `person${String(((from + n) % CROWD) + 1).padStart(2, "0")}`);
}

async function signIn(page: Page, world: World): Promise<void> {
  const response = await page.goto(`http://127.0.0.1:${world.server.ports.http}/admin`);
  assert.equal(response?.status(), 401);
  await page.getByLabel("Token").fill("wrong");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("alert").filter({ hasText: "does not open" }).waitFor();
  await page.getByLabel("Token").fill(ADMIN_TOKEN);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Now", level: 1 }).waitFor();
}

async function picture(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: join(SCREENSHOTS, `admin-${name}.png`), animations: "disabled" });
}

async function story(browser: Browser, world: World): Promise<void> {
  const context = await browser.newContext({ viewport: DESKTOP, colorScheme: "light" });
  watch(context, /status of 40[014]|ERR_CONNECTION_REFUSED/);
  const page = await context.newPage();
  await signIn(page, world);
  await page.getByRole("link", { name: "online 64" }).waitFor();
  step("a wrong token is told, the right one opens the page");

  world.app.answer = undefined;
  world.app.contacts.set("john", { ...list("marie", "michael", "tim", "jane"), "marie@localhost": { name: "Mary" } });
  await world.refresh(["john"]);
  const feed = page.getByRole("list", { name: "Refreshes and edits" });
  await feed.getByText("jane@localhost").waitFor();
  await page.locator("#said", { hasText: "Refresh of 1 list: 1 list changed" }).waitFor({ state: "attached" });
  await world.http("/roster_admin/edges", {
    method: "POST",
    body: JSON.stringify({ connect: [["tim", "person01"]] }),
  });
  await feed.getByText("Changed by edges").first().waitFor();
  await picture(page, "now-light");
  refuses = true;
  await world.online("tim@localhost/phone");
  step("a refresh and an edit appear with what they changed, and are told to who does not see");

  await page.keyboard.press("Tab");
  await page.getByRole("link", { name: "People", exact: true }).press("Enter");
  await page.getByRole("heading", { name: "People", level: 1 }).waitFor();
  assert.equal(await page.evaluate("document.activeElement.textContent"), "People");
  await page.locator("tbody tr").nth(49).waitFor();
  assert.equal(await page.locator("tbody tr").count(), 50);
  await page.getByRole("button", { name: "Next" }).click();
  await page.getByText("page 2").waitFor();
  await page.getByRole("link", { name: "tim", exact: true }).waitFor();
  await page.getByRole("button", { name: "Previous" }).click();
  await page.getByRole("link", { name: "aaron", exact: true }).waitFor();
  await picture(page, "people-light");
  await page.getByLabel("Search").fill("PERSON0");
  await page.locator("#found", { hasText: "9 of 64 people online" }).waitFor();
  await page.getByLabel("Show").selectOption("stale");
  await page.locator("#found", { hasText: "0 of 64 people online" }).waitFor();
  await page.getByLabel("Search").fill("");
  await page.getByLabel("Show").selectOption("problems");
  await page.locator("#found", { hasText: "1 of 64 people online" }).waitFor();
  step("people: pages, search, and those whose list needs a look");

  await page.goto(`${page.url().split("#")[0]}#person/john`);
  await page.getByRole("heading", { name: "john", level: 1 }).waitFor();
  await page.getByRole("button", { name: "Explain tim@localhost" }).click();
  await page.locator(".verdict", { hasText: "john@localhost does not see tim@localhost" }).waitFor();
  await picture(page, "person-light");
  step("one person's view, and why they do not see somebody");

  await page.getByRole("link", { name: "Audit" }).click();
  await page.getByText(/pairs of lists disagree/).waitFor();
  await picture(page, "audit-light");
  await page.getByRole("link", { name: "Events" }).click();
  await page.getByRole("heading", { name: "Events", level: 1 }).waitFor();
  await page
    .getByRole("row", { name: /session/ })
    .first()
    .waitFor();
  await picture(page, "events-light");
  step("lists that disagree, and events");

  world.app.answer = (_request, response) => response.writeHead(500).end();
  await world.refresh(names(24, 10));
  await page.locator("#live", { hasText: "Application fails" }).waitFor();
  await page.getByRole("link", { name: "Now" }).click();
  await page.getByText("breaker open for").waitFor();
  await picture(page, "fails-light");
  world.app.answer = undefined;
  await world.refresh(["john"]);
  await page.locator("#live", { hasText: "Live" }).waitFor();
  await page.locator("#said", { hasText: "answers again" }).waitFor({ state: "attached" });
  step("the application fails, and answers again: told at once");

  await page.reload();
  await page.getByRole("heading", { name: "Now", level: 1 }).waitFor();
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  await page.reload();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  step("a reload keeps the token, signing out forgets it");
  await context.close();
}

/** The address of `kith admin` signs in by itself. */
async function look(browser: Browser, world: World, name: string, options: BrowserContextOptions): Promise<void> {
  const context = await browser.newContext(options);
  watch(context, /status of 401/);
  const page = await context.newPage();
  await page.goto(`http://127.0.0.1:${world.server.ports.http}/admin#token=${ADMIN_TOKEN}`);
  await page.getByRole("link", { name: "online 64" }).waitFor();
  assert.equal(new URL(page.url()).hash, "#now");
  await picture(page, `now-${name}`);
  for (const [view, text] of [
    ["people", "page 1"],
    ["person/john", "Contacts"],
    ["audit", "disagree"],
  ] as const) {
    await page.goto(`${page.url().split("#")[0]}#${view}`);
    await page.getByText(text).last().waitFor();
    await page.waitForTimeout(150);
    assert.ok(
      await page.evaluate<boolean>("document.documentElement.scrollWidth <= innerWidth"),
      `${view} is too wide`,
    );
    await picture(page, `${view.split("/")[0]}-${name}`);
  }
  await context.close();
  step(name);
}

needBrowser();
// The server's clock is moved, so that its page has something to show.
const now = Date.now;
let offset = -HISTORY_MS;
Date.now = () => now() + offset;
const inbox = await App.start();
inbox.answer = (_request, response) => response.writeHead(refuses ? 410 : 204).end();
await using world = await startWorld({
  http: { tokens: [TOKEN], adminTokens: [ADMIN_TOKEN] },
  events: { url: `http://127.0.0.1:${inbox.port}/events`, retryFor: "1s" },
});
populate(world);
await live(world, (ms) => {
  offset = ms;
});
await comeOnline(world);
await happen(world);
const browser = await launchBrowser();
try {
  await story(browser, world);
  await look(browser, world, "dark", { viewport: DESKTOP, colorScheme: "dark" });
  await look(browser, world, "phone", { viewport: PHONE, deviceScaleFactor: 2, isMobile: true, hasTouch: true });
  assert.deepEqual(complaints, []);
} finally {
  await browser.close();
}
process.exit(0);
