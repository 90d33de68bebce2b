/**
 * The demonstration in a real browser: two people in two windows befriend, see each other online, chat and part.
 * Run by `node test/browser/friends.ts`; pictures are kept in screenshots/. Needs Chromium (CHROMIUM, or Debian's).
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, BrowserContext, FrameLocator, Page } from "playwright-core";
import { ANY_PORTS, type Demo, startDemo } from "../../examples/friends/demo.ts";
import { launchBrowser, needBrowser, SCREENSHOTS, step } from "./chromium.ts";

const DEADLINE_MS = 20_000;
const DESKTOP = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 844 };

/** One person's page and the chat in it. */
class Person {
  readonly page: Page | FrameLocator;
  readonly chat: FrameLocator;

  constructor(page: Page | FrameLocator) {
    this.page = page;
    this.chat = page.frameLocator("iframe.chat");
  }

  button(name: string): ReturnType<Page["getByRole"]> {
    return this.page.getByRole("button", { name });
  }

  /** The contact's line in the chat's roster, once it shows what is asked for. */
  async sees(contact: string, show: "online" | "offline", name = ""): Promise<void> {
    await this.#contact(contact).locator(`.contact-name--${show}`, { hasText: name }).waitFor();
  }

  async seesNoMore(contact: string): Promise<void> {
    await this.#contact(contact).waitFor({ state: "detached" });
  }

  async says(contact: string, text: string): Promise<void> {
    await this.#contact(contact).click();
    const field = this.chat.locator("textarea.chat-textarea");
    await field.fill(text);
    await field.press("Enter");
    await this.reads(text);
  }

  async reads(text: string): Promise<void> {
    await this.chat.locator(".chat-msg__text", { hasText: text }).waitFor();
  }

  /** The dot beside a friend in the application's own list. */
  async dot(friend: string, state: "online" | "away" | "offline"): Promise<void> {
    await this.page.locator(`#row-${friend} [data-state="${state}"]`).waitFor();
  }

  /** Somebody with unread messages stands in the roster twice. */
  /** Adds a contact by hand, in the chat. */
  async adds(address: string, name: string): Promise<void> {
    await this.chat.locator(".dropdown--contacts button").first().click();
    await this.chat.locator("a.add-contact").click();
    const form = this.chat.locator("converse-add-contact-modal form");
    await form.locator("input[name=jid]").fill(address);
    await form.locator("input[name=name]").fill(name);
    await form.locator("button[type=submit]").click();
  }

  /** The contact's line shows that nothing is decided. */
  async waitsFor(contact: string): Promise<void> {
    const pending = this.chat.locator(".roster-group", { hasText: "Pending contacts" });
    await pending.locator(`[data-jid="${contact}@localhost"]`).waitFor();
  }

  #contact(user: string): ReturnType<Page["locator"]> {
    return this.chat.locator(`#converse-roster a.open-chat[data-jid="${user}@localhost"]`).first();
  }
}

const complaints: string[] = [];

/** Nothing may come from another machine, and no page may break. */
function watch(context: BrowserContext): void {
  context.setDefaultTimeout(DEADLINE_MS);
  context.on("request", (request) => {
    const url = new URL(request.url());
    if (!["data:", "blob:"].includes(url.protocol) && url.hostname !== "127.0.0.1") {
      complaints.push(`asked a foreign host: ${request.url()}`);
    }
  });
  context.on("weberror", (error) =>
    complaints.push(`an error in a page: ${error.error().stack ?? error.error().message}`),
  );
  context.on("console", (message) => {
    if (/Content Security Policy|Refused to/.test(message.text())) complaints.push(message.text());
  });
}

async function open(context: BrowserContext, url: string): Promise<{ person: Person; page: Page }> {
  const page = await context.newPage();
  await page.goto(url);
  return { person: new Person(page), page };
}

/** Two windows of one browser, so that its storage is shared as far as it ever is. */
async function story(browser: Browser, demo: Demo): Promise<void> {
  const context = await browser.newContext({ viewport: DESKTOP });
  watch(context);
  const { person: john, page: johnsPage } = await open(context, `${demo.url}/john`);
  const { person: michael, page: michaelsPage } = await open(context, `${demo.url}/michael`);
  await john.sees("marie", "offline");
  await michael.button("Befriend John").waitFor();
  await michael.seesNoMore("john");
  step("two people are signed in, and are no friends");

  await john.button("Befriend Michael").click();
  await john.sees("michael", "online", "Michael");
  await michael.sees("john", "online", "John");
  await michael.button("Unfriend John").waitFor();
  step("befriended: each sees the other appear, online");

  await john.says("michael", "Hello Michael, there you are!");
  await michael.says("john", "Hi John. I did not have to do anything.");
  await michael.reads("Hello Michael");
  await john.reads("I did not have to do anything");
  await john.dot("michael", "online");
  await johnsPage.screenshot({ path: join(SCREENSHOTS, "john.png") });
  await michaelsPage.screenshot({ path: join(SCREENSHOTS, "michael.png") });
  step("they chat, both ways");

  await johnsPage.getByLabel("Name and groups of Michael").click();
  await johnsPage.locator("#row-michael [name=name]").fill("Mike");
  await johnsPage.locator("#row-michael [name=groups]").fill("Neighbours");
  await johnsPage.locator("#row-michael").getByRole("button", { name: "Save" }).click();
  await john.sees("michael", "online", "Mike");
  await john.chat.locator(".group-toggle", { hasText: "Neighbours" }).waitFor();
  step("renamed and put in a group");

  const { page: mariesPage } = await open(context, `${demo.url}/marie`);
  await john.sees("marie", "online");
  await john.dot("marie", "online");
  await mariesPage.close();
  await john.sees("marie", "offline");
  await john.dot("marie", "offline");
  step("a third person comes and goes, in the chat and in the application's own list");

  await michael.button("Unfriend John").click();
  await michael.seesNoMore("john");
  await john.seesNoMore("michael");
  await john.button("Befriend Michael").waitFor();
  await john.chat.locator("converse-chat").waitFor({ state: "detached" });
  step("parted: each vanishes from the other's chat");

  await johnsPage.reload();
  await john.sees("marie", "offline");
  await john.seesNoMore("michael");
  await michael.button("Befriend John").click();
  await john.sees("michael", "online");
  step("after a reload too, a new friend appears at once");

  await johnsPage.goto("about:blank");
  await michael.sees("john", "offline");
  await michael.button("Unfriend John").click();
  await michael.seesNoMore("john");
  await johnsPage.goto(`${demo.url}/john`);
  await john.sees("marie", "offline");
  await john.seesNoMore("michael");
  step("what changed while a person was away is there when they come back");
  await context.close();
}

/** Marie adds John in her chat; the application asks him, and he accepts there. */
async function request(browser: Browser, demo: Demo): Promise<void> {
  const context = await browser.newContext({ viewport: DESKTOP });
  watch(context);
  const { person: john, page: johnsPage } = await open(context, `${demo.url}/john`);
  const { person: marie, page: mariesPage } = await open(context, `${demo.url}/marie`);
  await john.button("Unfriend Marie").click();
  await marie.seesNoMore("john");

  await marie.adds("john@localhost", "Johnny");
  await marie.waitsFor("john");
  await marie.button("Withdraw the request to John").waitFor();
  await john.button("Accept Marie").waitFor();
  await john.seesNoMore("marie");
  await mariesPage.screenshot({ path: join(SCREENSHOTS, "request-marie.png") });
  await johnsPage.screenshot({ path: join(SCREENSHOTS, "request-john.png") });
  step("added by hand in the chat: the application shows the request, and nobody sees anybody yet");

  await mariesPage.reload();
  await marie.waitsFor("john");
  step("the request outlasts a reload");

  await john.button("Accept Marie").click();
  await marie.sees("john", "online", "Johnny");
  await john.sees("marie", "online", "Marie");
  await marie.dot("john", "online");
  await mariesPage.screenshot({ path: join(SCREENSHOTS, "request-accepted.png") });
  step("accepted in the application: both see each other");

  await john.button("Unfriend Marie").click();
  await marie.seesNoMore("john");
  await marie.adds("john@localhost", "");
  await john.button("Decline Marie").click();
  await marie.seesNoMore("john");
  await marie.button("Befriend John").click();
  await john.sees("marie", "online");
  step("declined: the request is gone from the chat");
  await context.close();
}

async function sideBySide(browser: Browser, demo: Demo, scheme: "light" | "dark"): Promise<void> {
  const context = await browser.newContext({ viewport: DESKTOP, deviceScaleFactor: 1.25, colorScheme: scheme });
  watch(context);
  const page = await context.newPage();
  await page.goto(demo.url);
  await page.screenshot({ path: join(SCREENSHOTS, `start-${scheme}.png`) });
  await page.getByRole("link", { name: "John and Michael side by side" }).click();
  const john = new Person(page.frameLocator("iframe").nth(0));
  const michael = new Person(page.frameLocator("iframe").nth(1));
  await john.sees("marie", "offline");
  await john.button("Befriend Michael").click();
  await john.sees("michael", "online");
  await michael.sees("john", "online");
  await john.says("michael", "Hello Michael, there you are!");
  await michael.says("john", "Hi John! One click, and here we are.");
  await john.reads("One click");
  await page.screenshot({ path: join(SCREENSHOTS, `beside-${scheme}.png`), animations: "disabled" });
  await michael.button("Unfriend John").click();
  await john.seesNoMore("michael");
  await context.close();
  step(`side by side in one window, ${scheme}`);
}

async function onPhone(browser: Browser, demo: Demo): Promise<void> {
  const context = await browser.newContext({ viewport: PHONE, deviceScaleFactor: 2, isMobile: true, hasTouch: true });
  watch(context);
  const { person: john, page } = await open(context, `${demo.url}/john`);
  await john.button("Befriend Aaron").waitFor();
  await page.screenshot({ path: join(SCREENSHOTS, "phone-people.png") });
  await john.button("Chat").tap();
  await john.sees("marie", "offline");
  const { page: mariesPage } = await open(context, `${demo.url}/marie`);
  await john.sees("marie", "online");
  await john.says("marie", "See you later");
  await mariesPage.close();
  await page.screenshot({ path: join(SCREENSHOTS, "phone-chat.png") });
  assert.ok(await page.evaluate<boolean>("document.documentElement.scrollWidth <= innerWidth"), "wider than the phone");
  await context.close();
  step("on a phone");
}

needBrowser();
const dataFolder = mkdtempSync(join(tmpdir(), "friends-"));
const demo = await startDemo(dataFolder, ANY_PORTS);
const browser = await launchBrowser();
try {
  await sideBySide(browser, demo, "light");
  await story(browser, demo);
  await request(browser, demo);
  await sideBySide(browser, demo, "dark");
  await onPhone(browser, demo);
  assert.deepEqual(complaints, []);
} finally {
  await browser.close();
  await demo.close();
  rmSync(dataFolder, { recursive: true, force: true });
}
