import assert from "node:assert/strict";
import { test } from "node:test";
import { settle } from "../../test/support/clock.ts";
import { DOMAIN, eventWorld, sessionEvent } from "../../test/support/events.ts";

test("a listener that is ended twice takes no later one along", async () => {
  const { hub } = eventWorld();
  const heard: string[] = [];
  const end = hub.on("session", () => heard.push("first"));
  end();
  hub.on("session", () => heard.push("second"));
  end();
  hub.emit(DOMAIN, sessionEvent("john", "phone"));
  await settle();
  assert.deepEqual(heard, ["second"]);
});
