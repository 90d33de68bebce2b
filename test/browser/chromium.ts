/** Debian's Chromium, headless, for the stories in this folder; where there is none they are skipped. */
import { existsSync, mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Browser, chromium } from "playwright-core";

const CHROMIUM = process.env["CHROMIUM"] ?? "/usr/bin/chromium";

/** Where pictures are kept. */
export const SCREENSHOTS = fileURLToPath(new URL("../../screenshots", import.meta.url));

/** Ends the process, and says so, where there is no browser. */
export function needBrowser(): void {
  if (!existsSync(CHROMIUM)) {
    console.log(`skipped: there is no Chromium at ${CHROMIUM}`);
    process.exit(0);
  }
  mkdirSync(SCREENSHOTS, { recursive: true });
}

export function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: CHROMIUM,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

/** One line of a story that went well. */
export function step(text: string): void {
  console.log(`✔ ${text}`);
}
