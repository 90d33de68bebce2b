/** Holds what goes over the wire against the document at /openapi.json. */
import assert from "node:assert/strict";
import { Ajv2020 } from "ajv/dist/2020.js";
import formats from "ajv-formats";

export type Json = Record<string, unknown>;

export function at(document: unknown, ...path: readonly string[]): Json {
  let found: unknown = document;
  for (const key of path) found = (found as Json | undefined)?.[key];
  assert.ok(typeof found === "object" && found !== null, `nothing at ${path.join(" ")}`);
  return found as Json;
}

export interface Checker {
  /** Fails unless the value is as the schema says, with no member that it does not name. */
  check(schema: Json, value: unknown, what: string): void;
  /** The schema of an answer, and whether the document has one for it. */
  answer(path: string, method: string, status: number, type?: string): Json;
}

export function checkerOf(document: Json): Checker {
  const ajv = new Ajv2020({ strict: false, allErrors: true, code: { optimize: false } });
  formats.default(ajv);
  ajv.addFormat("base64", true);
  ajv.addSchema(closed(document) as Json, "doc");
  return {
    check(schema, value, what) {
      const own = JSON.parse(JSON.stringify(closed(schema)).replaceAll('"#/', '"doc#/')) as Json;
      const isValid = ajv.validate(own, value);
      assert.ok(isValid, `${what}: ${ajv.errorsText()} in ${JSON.stringify(value)}`);
    },
    answer(path, method, status, type = "application/json") {
      return at(document, "paths", path, method, "responses", String(status), "content", type, "schema");
    },
  };
}

/** Objects with named members may have no others. */
function closed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(closed);
  if (typeof value !== "object" || value === null) return value;
  const copy = Object.fromEntries(Object.entries(value).map(([key, member]) => [key, closed(member)]));
  const isOpen = "additionalProperties" in value || !("properties" in value) || (value as Json)["type"] !== "object";
  return isOpen ? copy : { ...copy, additionalProperties: false };
}
