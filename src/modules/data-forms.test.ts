import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { readElement } from "../../test/support/xml.ts";
import { type Form, filled, readSubmitted, writeForm } from "./data-forms.ts";

const FORM: Form = {
  title: "A <form>",
  fields: [
    { type: "text-single", name: "name", label: "Name", isRequired: true },
    { type: "text-multi", name: "lines", label: "Lines" },
    { type: "list-single", name: "kind", label: "Kind", values: ["web"], options: { web: "W", native: "N" } },
    { type: "boolean", name: "public", label: "Public" },
  ],
};

function submitted(fields: string) {
  const read = readSubmitted(readElement(`<x xmlns='jabber:x:data' type='submit'>${fields}</x>`), FORM);
  return read.ok ? Object.fromEntries(read.values) : read.text;
}

function field(name: string, ...values: readonly string[]): string {
  return `<field var='${name}'>${values.map((value) => `<value>${value}</value>`).join("")}</field>`;
}

describe("XEP-0004", () => {
  test("§3.2, §3.3: a form with its fields, options and what stands there already", () => {
    assert.equal(
      writeForm("form", FORM),
      "<x xmlns='jabber:x:data' type='form'><title>A &lt;form&gt;</title>" +
        "<field type='text-single' var='name' label='Name'><required/></field>" +
        "<field type='text-multi' var='lines' label='Lines'></field>" +
        "<field type='list-single' var='kind' label='Kind'><value>web</value>" +
        "<option label='W'><value>web</value></option><option label='N'><value>native</value></option></field>" +
        "<field type='boolean' var='public' label='Public'></field></x>",
    );
  });

  test("§3.1: fields that are not known are ignored, others may be absent; white space around a value is none of it", () => {
    assert.deepEqual(submitted(field("name", " A ") + field("other", "x")), { name: ["A"] });
    assert.deepEqual(submitted(field("name", "A") + field("kind", "") + field("public")), { name: ["A"] });
    assert.deepEqual(submitted(`${field("name", "A")}<y xmlns='urn:y' var='kind'>x</y>`), { name: ["A"] });
  });

  test("§3.3: lines come as values, or in one; a boolean is true, 1, false or 0", () => {
    const lines = { name: ["A"], lines: ["1", "2", "3"] };
    assert.deepEqual(submitted(field("name", "A") + field("lines", "1", "2\r\n3", "")), lines);
    for (const [value, is] of [
      ["1", ["true"]],
      ["true", ["true"]],
      ["0", undefined],
      ["false", undefined],
    ] as const) {
      const read = submitted(field("name", "A") + field("public", value));
      assert.deepEqual(read, is === undefined ? { name: ["A"] } : { name: ["A"], public: is });
    }
  });

  for (const [what, fields, text] of [
    ["a required field is missing", "", /"Name" is required/],
    ["a required field is empty", field("name", " "), /"Name" is required/],
    ["one value is two", field("name", "A", "B"), /"Name" has one value/],
    ["a field stands there twice", field("name", "A") + field("name", "A"), /"Name" stands there twice/],
    ["an option is invented", field("name", "A") + field("kind", "toString"), /"Kind" is none of its options/],
    ["a boolean is none", field("name", "A") + field("public", "yes"), /"Public" is true or false/],
  ] as const) {
    test(`refused: ${what}`, () => assert.match(String(submitted(fields)), text));
  }

  test("law: what was filled in comes back as it was", () => {
    const line = fc.string({ minLength: 1 }).filter((text) => /^[\x21-\x7e]+$/.test(text));
    fc.assert(
      fc.property(line, fc.array(line), fc.boolean(), (name, lines, isPublic) => {
        const values = new Map<string, readonly string[]>([["name", [name]]]);
        if (lines.length > 0) values.set("lines", lines);
        if (isPublic) values.set("public", ["true"]);
        const read = readSubmitted(readElement(writeForm("form", filled(FORM, values))), FORM);
        assert.ok(read.ok);
        assert.deepEqual(read.values, values);
      }),
    );
  });
});
