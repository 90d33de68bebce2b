import assert from "node:assert/strict";
import { test } from "node:test";
import { KithError } from "../errors.ts";
import { createLog } from "./logger.ts";

function logged(field: unknown): Record<string, unknown> {
  const lines: string[] = [];
  const log = createLog("info", { write: (line: string) => void lines.push(line) });
  log.error("it broke", { error: field });
  return JSON.parse(lines.join("")).error;
}

test("an error in a field is told with its message, its code and where it came from", () => {
  const cause = new TypeError("no space left");
  const error = logged(new KithError("storage-failed", "the database could not be written", { cause }));
  assert.equal(error["name"], "KithError");
  assert.equal(error["code"], "storage-failed");
  assert.equal(error["message"], "the database could not be written: no space left");
  assert.match(String(error["stack"]), /logger\.test\.ts/);
});

test("a cause that the message tells already is not told twice", () => {
  const cause = new Error("locked");
  assert.equal(logged(new Error("not written: locked", { cause }))["message"], "not written: locked");
});

test("what JSON.parse quotes of a text stays out of the log", () => {
  for (const text of ['{"marie@example.com": secret}', "secret"]) {
    let broken: unknown;
    try {
      JSON.parse(text);
    } catch (error) {
      broken = error;
    }
    assert.doesNotMatch(
      JSON.stringify([logged(broken), logged(new Error("outer", { cause: broken }))]),
      /secret|marie/,
    );
  }
});

test("what is no error stays as it is", () => {
  assert.equal(logged("in words"), "in words");
});
