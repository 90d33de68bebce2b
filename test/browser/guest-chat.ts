/**
 * A program that nobody has registered, in a real browser: Guest Chat gets in as John, who is logged in at the application,
 * and "my apps and devices" puts it out again; then a device, and log-ins by password. Pictures are kept in screenshots/.
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { ANY_PORTS, type Demo, startDemo } from "../../examples/friends/demo.ts";
import { NATIVE, register } from "../support/oauth-client.ts";
import { startOAuth } from "../support/oauth-world.ts";
import { PASSWORD } from "../support/world.ts";
import { launchBrowser, needBrowser, SCREENSHOTS, step } from "./chromium.ts";

const DEADLINE_MS = 20_000;
const DESKTOP = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 844 };
const DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code";

const complaints: string[] = [];

async function openContext(browser: Browser, options: Parameters<Browser["newContext"]>[0]): Promise<BrowserContext> {
  const context = await browser.newContext(options);
  context.setDefaultTimeout(DEADLINE_MS);
  context.on("request", (request) => {
    const url = new URL(request.url());
    if (!["data:", "blob:"].includes(url.protocol) && url.hostname !== "127.0.0.1") {
      complaints.push(`asked a foreign host: ${request.url()}`);
    }
  });
  context.on("weberror", (error) => complaints.push(`an error in a page: ${error.error().message}`));
  context.on("console", (message) => {
    if (/Content Security Policy|Refused to/.test(message.text())) complaints.push(message.text());
  });
  return context;
}

const picture = (page: Page, name: string): Promise<unknown> =>
  page.screenshot({ path: join(SCREENSHOTS, `${name}.png`), animations: "disabled" });

async function fits(page: Page): Promise<void> {
  assert.ok(
    await page.evaluate<boolean>("document.documentElement.scrollWidth <= innerWidth"),
    "wider than the window",
  );
}

async function press(page: Page, name: string): Promise<void> {
  await page.getByRole("button", { name, exact: true }).click();
}

async function heading(page: Page, name: string): Promise<void> {
  await page.getByRole("heading", { level: 1, name }).waitFor();
}

/** A step of Guest Chat's list. */
async function happened(page: Page, text: string): Promise<void> {
  await page.locator("#steps li", { hasText: text }).last().waitFor();
}

/** A contact in Guest Chat, as it shows. */
async function sees(page: Page, contact: string, show: "online" | "offline"): Promise<void> {
  await page.locator(`#contacts [data-address="${contact}@localhost"][data-show="${show}"]`).waitFor();
}

/** The demonstration tells the address and the server. */
async function filledIn(page: Page): Promise<void> {
  await page.getByRole("link", { name: "my apps and devices" }).waitFor();
}

async function typeAddress(page: Page, address: string): Promise<void> {
  await page.getByRole("textbox", { name: "Your address" }).fill(address);
  await press(page, "Log in");
}

/** John is logged in at the application: an address is typed, one button pressed, and the chat is there. */
async function guest(context: BrowserContext, demo: Demo): Promise<Page> {
  const app = await context.newPage();
  await app.goto(`${demo.url}/john`);
  const [page] = await Promise.all([
    context.waitForEvent("page"),
    app.getByRole("link", { name: "Log in with Guest Chat" }).click(),
  ]);
  await heading(page, "Your address is enough.");
  await filledIn(page);
  assert.equal(await page.getByRole("textbox", { name: "Your address" }).inputValue(), "john@localhost");
  await picture(page, "guest-start");
  await app.close();

  await press(page, "Log in");
  await heading(page, "Allow this app?");
  await page.getByText("john@localhost").waitFor();
  await page.locator(".client-target", { hasText: "this computer" }).waitFor();
  await picture(page, "guest-consent");
  step("who is logged in at the application only consents, and sees where the answer goes");

  await press(page, "Allow");
  await sees(page, "marie", "offline");
  for (const text of [
    "it has a WebSocket",
    "said who gives tokens",
    "how to ask for one",
    "Nothing was stored",
    "Sent you to your server",
    "Changed the code",
    "Logged in with the token",
  ]) {
    await happened(page, text);
  }
  assert.equal(new URL(page.url()).search, "", "the code is not left in the address");
  step("Guest Chat registered itself, got its tokens, and is in");
  return page;
}

async function talk(context: BrowserContext, demo: Demo, page: Page): Promise<void> {
  const marie = await context.newPage();
  await marie.goto(`${demo.url}/marie`);
  await sees(page, "marie", "online");
  const chat = marie.frameLocator("iframe.chat");
  await chat.locator('a.open-chat[data-jid="john@localhost"] .contact-name--online').first().waitFor();
  await page.locator("#contacts button", { hasText: "Marie" }).click();
  await page.getByLabel("Message").fill("Hello Marie, from a program that nobody has registered.");
  await press(page, "Send");
  await chat.locator('a.open-chat[data-jid="john@localhost"]').first().click();
  await chat.locator(".chat-msg__text", { hasText: "from a program that nobody" }).waitFor();
  await chat.locator("textarea.chat-textarea").fill("I see you all the same, John!");
  await chat.locator("textarea.chat-textarea").press("Enter");
  await page.locator("#messages li", { hasText: "I see you all the same" }).waitFor();
  await picture(page, "guest-chat");
  await marie.close();
  await sees(page, "marie", "offline");
  step("presence and messages, both ways");

  await page.reload();
  await happened(page, "got a new token");
  await sees(page, "marie", "offline");
  step("after a reload it comes back by its refresh token");
}

/** "My apps and devices": what is in, a password for one more, and out with the guest. */
async function account(context: BrowserContext, demo: Demo, guestPage: Page): Promise<void> {
  const app = await context.newPage();
  await app.goto(`${demo.url}/john`);
  const [page] = await Promise.all([
    context.waitForEvent("page"),
    app.getByRole("link", { name: "My apps and devices" }).click(),
  ]);
  await heading(page, "My apps and devices");
  const apps = page.getByRole("region", { name: "Apps", exact: true });
  await apps.getByRole("heading", { name: "Guest Chat" }).waitFor();
  await page.getByRole("region", { name: "Online now" }).getByText("Guest Chat").first().waitFor();
  await page.getByLabel("Name of the app").fill("Gajim at work");
  await press(page, "Make an app password");
  await heading(page, "Your new app password");
  await picture(page, "account-new-password");
  await page.goBack();
  await page.reload();
  await page.getByRole("heading", { name: "Gajim at work" }).waitFor();
  await picture(page, "account");
  step("my apps and devices: the program, its session, and an app password for another one");

  await apps.getByRole("button", { name: "Remove" }).click();
  await page.getByText("The app has no access any more.").waitFor();
  await guestPage.getByText("took back what this program may do").waitFor();
  await happened(guestPage, "was refused");
  await picture(guestPage, "guest-removed");
  step("removed there, the guest is out at once");

  await press(page, "Log out");
  await heading(page, "Who are you?");
  await picture(page, "who");
  await page.getByRole("link", { name: "Marie" }).click();
  await heading(page, "My apps and devices");
  await page.getByText("marie@localhost").waitFor();
  step("logged out there, the application asks who it is");
  await app.close();
  await page.close();
}

async function sayNo(page: Page): Promise<void> {
  await typeAddress(page, "john@localhost");
  await heading(page, "Who are you?"); // Marie is logged in, and the address is John's
  await page.getByRole("link", { name: "John" }).click();
  await heading(page, "Allow this app?");
  await press(page, "Not you? Log in as somebody else");
  await heading(page, "Who are you?");
  await page.getByRole("link", { name: "John" }).click();
  await heading(page, "Allow this app?");
  await press(page, "Deny");
  await page.getByText("You said no.").waitFor();
  await happened(page, "This program got nothing.");
  await picture(page, "guest-denied");
  step("somebody else is asked for by the application; a no is told to the program");
}

async function logOut(page: Page): Promise<void> {
  await typeAddress(page, "john@localhost");
  await press(page, "Allow");
  await sees(page, "marie", "offline");
  await press(page, "Log out");
  await happened(page, "gave the tokens back");
  await heading(page, "Your address is enough.");
  await page.reload();
  await heading(page, "Your address is enough.");
  assert.equal(await page.evaluate<string | null>("sessionStorage.getItem('guest-chat:kept')"), null);
  step("logged out: nothing is left");
}

async function onPhone(browser: Browser, demo: Demo): Promise<void> {
  const context = await openContext(browser, {
    viewport: PHONE,
    deviceScaleFactor: 2,
    isMobile: true,
    hasTouch: true,
    colorScheme: "dark",
  });
  const page = await context.newPage();
  await page.goto(demo.guestUrl);
  await filledIn(page);
  await fits(page);
  await picture(page, "guest-phone-start");
  await press(page, "Log in");
  await heading(page, "Who are you?");
  await fits(page);
  await page.getByRole("link", { name: "John" }).click();
  await heading(page, "Allow this app?");
  await fits(page);
  await picture(page, "guest-phone-consent");
  await press(page, "Allow");
  await sees(page, "marie", "offline");
  await fits(page);
  await picture(page, "guest-phone-chat");
  await context.close();
  step("on a phone, in the dark, by somebody who was not logged in");
}

/** RFC 8628: a device without a browser shows a code; the person enters it here. */
async function device(context: BrowserContext, base: string, logIn: (page: Page) => Promise<void>): Promise<void> {
  const { as, client } = await register(base, { ...NATIVE, client_name: "Television" });
  const begin = await fetch(String(as.device_authorization_endpoint), {
    method: "POST",
    body: new URLSearchParams({ client_id: client.client_id, scope: "xmpp" }),
  });
  const shown = (await begin.json()) as { device_code: string; user_code: string; verification_uri: string };
  const page = await context.newPage();
  await page.goto(shown.verification_uri);
  await heading(page, "Connect a device");
  await page.getByLabel("Code").fill("XXXX-XXXX");
  await press(page, "Continue");
  await page.getByText("There is no such code.").waitFor();
  await picture(page, "device-wrong");
  await page.getByLabel("Code").fill(shown.user_code.toLowerCase().replace("-", " "));
  await press(page, "Continue");
  await heading(page, "Is this your device?");
  await page.getByText(shown.user_code).waitFor();
  await picture(page, "device-confirm");
  await press(page, "Continue");
  await logIn(page);
  await heading(page, "Allow this app?");
  await page.getByText("a device without a browser").waitFor();
  await picture(page, "device-consent");
  await press(page, "Allow");
  await heading(page, "Your device is logged in");
  await picture(page, "device-done");
  const tokens = await fetch(String(as.token_endpoint), {
    method: "POST",
    body: new URLSearchParams({
      grant_type: DEVICE_GRANT,
      device_code: shown.device_code,
      client_id: client.client_id,
    }),
  });
  assert.equal(tokens.status, 200, await tokens.text());
  await page.close();
}

/** Without `login.url` the pages ask for the password themselves. */
async function byPassword(browser: Browser): Promise<void> {
  await using world = await startOAuth();
  const context = await openContext(browser, { viewport: DESKTOP });
  const page = await context.newPage();
  const type = async (on: Page, password: string): Promise<void> => {
    await on.getByLabel("Username").fill("romeo");
    await on.getByLabel("Password").fill(password);
    await press(on, "Continue");
  };
  await page.goto(`${world.base}/oauth2/account`);
  await heading(page, "Log in");
  await type(page, "wrong");
  await page.getByRole("alert").getByText("The name or the password is wrong.").waitFor();
  assert.equal(await page.getByLabel("Username").inputValue(), "romeo");
  assert.equal(await page.getByLabel("Password").inputValue(), "");
  await picture(page, "login-wrong");
  await type(page, PASSWORD);
  await heading(page, "My apps and devices");
  await page.getByText("romeo@localhost").waitFor();
  await picture(page, "account-empty");
  step("by password: a wrong one is told, the right one lets in");
  await press(page, "Log out");
  await heading(page, "Log in");

  await device(context, world.base, async (on) => {
    await heading(on, "Log in");
    await picture(on, "device-login");
    await type(on, PASSWORD);
  });
  await page.goto(`${world.base}/oauth2/account`);
  await page.getByRole("heading", { name: "Television" }).waitFor();
  step("a device by its code, with a password");
  await context.close();
}

needBrowser();
const dataFolder = mkdtempSync(join(tmpdir(), "guest-chat-"));
const demo = await startDemo(dataFolder, ANY_PORTS);
const browser = await launchBrowser();
try {
  const context = await openContext(browser, { viewport: DESKTOP });
  const page = await guest(context, demo);
  await talk(context, demo, page);
  await account(context, demo, page);
  await sayNo(page);
  await logOut(page);
  await device(context, demo.kithUrl, async (on) => {
    await heading(on, "Allow this app?"); // by the application
  });
  step("a device by its code, through the application");
  await context.close();
  await onPhone(browser, demo);
  await byPassword(browser);
  assert.deepEqual(complaints, []);
} catch (error) {
  for (const [index, open] of browser
    .contexts()
    .flatMap((one) => one.pages())
    .entries()) {
    await picture(open, `failed-${index}`);
  }
  throw error;
} finally {
  await browser.close();
  await demo.close();
  rmSync(dataFolder, { recursive: true, force: true });
}
