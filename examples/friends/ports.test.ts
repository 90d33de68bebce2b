import assert from "node:assert/strict";
import { createServer } from "node:net";
import { test } from "node:test";
import { freePort } from "./ports.ts";

test("a taken port is replaced by a free one, and that is said", async () => {
  const holder = createServer();
  await new Promise<void>((resolve) => holder.listen(0, "127.0.0.1", resolve));
  const address = holder.address();
  assert.ok(typeof address === "object" && address);
  const port = await freePort(address.port);
  assert.equal(port.insteadOf, address.port);
  assert.notEqual(port.number, address.port);
  assert.ok(port.number > 0);
  await new Promise((resolve) => holder.close(resolve));
  assert.deepEqual(await freePort(address.port), { number: address.port, insteadOf: null });
});
