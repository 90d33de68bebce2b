/** The version of this package, as its package.json says. */
import { readFileSync } from "node:fs";

function read(): string {
  const text = readFileSync(new URL("../package.json", import.meta.url), "utf8");
  const { version }: { readonly version: string } = JSON.parse(text);
  return version;
}

export const VERSION = read();
