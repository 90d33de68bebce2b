/** The pages of the authorization server in Chromium: they load nothing from elsewhere, fit and can be read. */
import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { getRequestListener } from "@hono/node-server";
import { Hono } from "hono";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import type { HttpEnv } from "../../src/http/context.ts";
import { pageFileRoutes } from "../../src/http/oauth/pages/files.ts";
import { pageResponse } from "../../src/http/oauth/pages/headers.ts";
import { PAGES } from "../support/oauth-pages.ts";
import { launchBrowser, needBrowser, SCREENSHOTS, step } from "./chromium.ts";

const LOOKS: Readonly<Record<string, BrowserContextOptions>> = {
  "desktop-light": { viewport: { width: 1100, height: 900 }, colorScheme: "light" },
  "desktop-dark": { viewport: { width: 1100, height: 900 }, colorScheme: "dark" },
  "phone-light": { viewport: { width: 360, height: 740 }, colorScheme: "light", isMobile: true, hasTouch: true },
  "phone-dark": { viewport: { width: 360, height: 740 }, colorScheme: "dark", isMobile: true, hasTouch: true },
  small: { viewport: { width: 320, height: 480 } },
};

const complaints: string[] = [];

function app(): Hono<HttpEnv> {
  const routes = new Hono<HttpEnv>();
  pageFileRoutes(routes);
  routes.get("/pages/:name", (context) => pageResponse(PAGES[context.req.param("name")] ?? ""));
  return routes;
}

/** WCAG 2.2 §1.4.10: no scrolling to the side; §1.4.3: text on its ground at 4.5 to 1, as it is drawn. */
const CHECK = `(() => {
  const light = (colour) => {
    const parts = colour.match(/[\\d.]+/g).slice(0, 3).map(Number).map((part) => part / 255);
    const [r, g, b] = parts.map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (element) => {
    for (let at = element; at !== null; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      if (!/, 0\\)$/.test(colour)) return colour;
    }
    return "rgb(255, 255, 255)";
  };
  const pale = [...document.body.querySelectorAll("*")].filter((element) => {
    if (![...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim() !== "")) return false;
    const [one, other] = [light(getComputedStyle(element).color), light(ground(element))];
    return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05) < 4.5;
  });
  const low = [...document.querySelectorAll("button, .button, input[type=text], input[type=password]")].filter(
    (element) => element.getBoundingClientRect().height < 44 && element.checkVisibility(),
  );
  return {
    wide: document.documentElement.scrollWidth > Math.min(innerWidth, screen.width),
    pale: pale.map((element) => element.outerHTML),
    low: low.map((element) => element.outerHTML),
    styled: getComputedStyle(document.querySelector("main")).borderTopLeftRadius + document.styleSheets.length,
  };
})()`;

interface Found {
  readonly wide: boolean;
  readonly pale: readonly string[];
  readonly low: readonly string[];
  readonly styled: string;
}

async function visit(page: Page, origin: string, look: string): Promise<void> {
  for (const name of Object.keys(PAGES)) {
    await page.goto(`${origin}/pages/${name}`);
    await page.screenshot({ path: join(SCREENSHOTS, `oauth-${name}-${look}.png`), fullPage: true });
    for (const summary of await page.locator("summary").all()) await summary.click();
    const found = await page.evaluate<Found>(CHECK);
    assert.deepEqual({ ...found, styled: "" }, { wide: false, pale: [], low: [], styled: "" }, `${name}, ${look}`);
    assert.match(found.styled, /1$/);
  }
}

async function look(browser: Browser, origin: string, name: string): Promise<void> {
  const context = await browser.newContext({ ...LOOKS[name], javaScriptEnabled: true });
  context.on("request", (request) => {
    if (!request.url().startsWith(origin)) complaints.push(`asked ${request.url()}`);
  });
  context.on("console", (message) => complaints.push(message.text()));
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  await visit(page, origin, name);
  await context.close();
  step(name);
}

needBrowser();
const routes = app();
const listen = getRequestListener((request) => routes.fetch(request), { overrideGlobalObjects: false });
const server = createServer((request, response) => void listen(request, response));
await new Promise<void>((resolve) => {
  server.listen(0, "127.0.0.1", resolve);
});
const browser = await launchBrowser();
try {
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  for (const name of Object.keys(LOOKS)) await look(browser, origin, name);
  assert.deepEqual(complaints, []);
} finally {
  await browser.close();
  server.close();
}
