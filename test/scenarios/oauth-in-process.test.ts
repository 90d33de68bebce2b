/** The authorization server beside an application in the same process that uses the same HTTP library. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { getRequestListener } from "@hono/node-server";
import { tokensFor } from "../support/oauth-client.ts";
import { startOAuth } from "../support/oauth-world.ts";
import { PASSWORD } from "../support/world.ts";

test("an application's HTTP library in the same process does not answer after the authorization server has", async () => {
  const before = globalThis.Response;
  getRequestListener(() => new Response()); // as its `serve` does: it puts its own Response in the global one's place
  assert.notEqual(globalThis.Response, before);
  const errors: unknown[] = [];
  const ignore = (): void => undefined;
  const log = { error: (...said: unknown[]) => errors.push(said), warn: ignore, info: ignore, debug: ignore };
  await using world = await startOAuth({ log });
  const { tokens } = await tokensFor(world.base, "romeo", PASSWORD);
  assert.equal(typeof tokens.access_token, "string");
  assert.deepEqual(errors, []);
});
