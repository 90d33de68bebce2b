/** A JSON Schema as words and a table: what `components.ts` writes, no more. */
import { escapeHtml } from "../html.ts";
import { code, isObject, type Json, listOf, memberOf, prose, textOf } from "./page-text.ts";

/** The type in a few words, with a link where it has a name. */
export function typeText(schema: unknown): string {
  const ref = textOf(schema, "$ref");
  if (ref !== "") {
    const name = ref.slice(ref.lastIndexOf("/") + 1);
    return `<a href="#schema-${escapeHtml(name)}">${escapeHtml(name)}</a>`;
  }
  if (!isObject(schema)) return "anything";
  const choices = [...listOf(schema, "anyOf"), ...listOf(schema, "oneOf")];
  if (choices.length > 0) return [...new Set(choices.map(typeText))].join(" or ");
  if ("const" in schema) return code(JSON.stringify(schema["const"]));
  const values = listOf(schema, "enum");
  if (values.length > 0) return values.map((value) => code(JSON.stringify(value))).join(" or ");
  const tuple = listOf(schema, "prefixItems");
  if (tuple.length > 0) return `pair of ${[...new Set(tuple.map(typeText))].join(" and ")}`;
  if (isObject(schema["items"])) return `array of ${typeText(schema["items"])}`;
  if (isObject(schema["additionalProperties"])) return `map to ${typeText(schema["additionalProperties"])}`;
  const type = textOf(schema, "type") || "anything";
  const format = textOf(schema, "format");
  return escapeHtml(format === "" ? type : `${type} (${format})`);
}

/** The members of an object, those inside it below, indented. */
export function schemaTable(schema: unknown): string {
  const rows = rowsOf(schema, "");
  if (rows.length === 0) return `<p>${typeText(schema)}</p>`;
  return `<div class="wide" tabindex="0"><table><thead><tr><th scope="col">member</th><th scope="col">type</th><th scope="col">what</th></tr></thead><tbody>${rows.join("")}</tbody></table></div>`;
}

function rowsOf(schema: unknown, prefix: string): readonly string[] {
  if (!isObject(schema) || Object.keys(schema).length === 0) return [];
  const required = new Set(listOf(schema, "required"));
  const own = Object.entries(memberOf(schema, "properties")).flatMap(([name, member]) => [
    row(`${prefix}${name}`, member, required.has(name)),
    ...rowsOf(member, `${prefix}${name}.`),
  ]);
  const choices = [...listOf(schema, "anyOf"), ...listOf(schema, "oneOf")].filter(isObject);
  const each: readonly (readonly [Json, string])[] = [
    [memberOf(schema, "items"), "[]."],
    [memberOf(schema, "additionalProperties"), prefix === "" ? "*." : ".*."],
  ];
  const at = prefix.replace(/\.$/, "");
  return [
    ...own,
    ...choices.flatMap((choice) => rowsOf(choice, prefix)),
    ...each.flatMap(([inner, mark]) => rowsOf(inner, `${at}${mark}`)),
  ];
}

function row(name: string, schema: unknown, isRequired: boolean): string {
  const optional = isRequired ? "" : ' <span class="dim">optional</span>';
  return `<tr><td>${code(name)}${optional}</td><td>${typeText(schema)}</td><td>${prose(textOf(schema, "description"), true)}</td></tr>`;
}
