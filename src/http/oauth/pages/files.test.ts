import assert from "node:assert/strict";
import { test } from "node:test";
import { Hono } from "hono";
import type { HttpEnv } from "../../context.ts";
import { pageFileRoutes } from "./files.ts";

const app = new Hono<HttpEnv>();
pageFileRoutes(app);

test("the style and the icon are served, known again by their ETag, and nothing else is", async () => {
  for (const [name, type] of [
    ["style.css", "text/css; charset=utf-8"],
    ["icon.svg", "image/svg+xml"],
  ] as const) {
    const file = await app.request(`/oauth2/${name}`);
    assert.equal(file.status, 200);
    assert.equal(file.headers.get("content-type"), type);
    assert.equal(file.headers.get("x-content-type-options"), "nosniff");
    const etag = file.headers.get("etag") ?? "";
    assert.match(etag, /^"[\w-]{22}"$/);
    assert.equal((await app.request(`/oauth2/${name}`, { headers: { "if-none-match": etag } })).status, 304);
    assert.equal((await app.request(`/oauth2/${name}`, { method: "POST" })).status, 405);
  }
  for (const name of ["files.ts", "..%2Ffiles.ts", "style.css.map", ""]) {
    assert.equal((await app.request(`/oauth2/${name}`)).status, 404, name);
  }
});

test("the style asks for nothing: no import, no font, no picture", async () => {
  const style = await (await app.request("/oauth2/style.css")).text();
  assert.doesNotMatch(style, /@import|@font-face|url\(|https?:/);
  for (const word of ["prefers-color-scheme: dark", "prefers-reduced-motion", ":focus-visible", "forced-colors"]) {
    assert.ok(style.includes(word), word);
  }
});
