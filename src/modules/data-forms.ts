/** XEP-0004: Data Forms: what is asked and told, as data and as XML. */
import { type Element, elementsOf, textOf } from "../xmpp/xml/element.ts";
import { escapeAttr, escapeText } from "../xmpp/xml/write.ts";

export const NS_DATA = "jabber:x:data";

export interface Field {
  /** XEP-0004 §3.3 */
  readonly type: "boolean" | "list-single" | "text-multi" | "text-single";
  readonly name: string;
  readonly label: string;
  readonly description?: string;
  readonly isRequired?: boolean;
  /** What stands there already. */
  readonly values?: readonly string[];
  /** Of a list: value and label. */
  readonly options?: Readonly<Record<string, string>>;
}

export interface Form {
  readonly title: string;
  readonly instructions?: string;
  readonly fields: readonly Field[];
}

/** By the name of the field; only fields of the form, without values that are empty. A boolean is "true" or absent. */
export type Values = ReadonlyMap<string, readonly string[]>;

export type Submitted =
  | { readonly ok: true; readonly values: Values }
  /** `text`: what to mend. */
  | { readonly ok: false; readonly text: string };

export function writeForm(type: "form" | "result", { title, instructions, fields }: Form): string {
  const head = `<title>${escapeText(title)}</title>`;
  const how = instructions === undefined ? "" : `<instructions>${escapeText(instructions)}</instructions>`;
  const inner = fields.map((field) => writeField(type, field)).join("");
  return `<x xmlns='${NS_DATA}' type='${type}'>${head}${how}${inner}</x>`;
}

function writeField(type: "form" | "result", field: Field): string {
  const head = `<field type='${field.type}' var='${escapeAttr(field.name)}' label='${escapeAttr(field.label)}'>`;
  const values = (field.values ?? []).map((value) => `<value>${escapeText(value)}</value>`).join("");
  if (type === "result") return `${head}${values}</field>`;
  const about = field.description === undefined ? "" : `<desc>${escapeText(field.description)}</desc>`;
  const options = Object.entries(field.options ?? {})
    .map(([value, label]) => `<option label='${escapeAttr(label)}'><value>${escapeText(value)}</value></option>`)
    .join("");
  return `${head}${about}${field.isRequired === true ? "<required/>" : ""}${values}${options}</field>`;
}

/** The same form with what was submitted before. */
export function filled(form: Form, values: Values): Form {
  return { ...form, fields: form.fields.map((field) => ({ ...field, values: values.get(field.name) ?? [] })) };
}

/** XEP-0004 §3.2: fields that the form does not have are ignored, others may be absent unless they are required. */
export function readSubmitted(x: Element, form: Form): Submitted {
  const values = new Map<string, readonly string[]>();
  for (const field of form.fields) {
    const given = elementsOf(x).filter(({ name, attrs }) => name === "field" && attrs["var"] === field.name);
    if (given.length > 1) return wrong(field, "stands there twice");
    const read = readField(field, given[0] === undefined ? [] : valuesOf(given[0]));
    if (typeof read === "string") return wrong(field, read);
    if (read.length > 0) values.set(field.name, read);
    else if (field.isRequired === true) return wrong(field, "is required");
  }
  return { ok: true, values };
}

function valuesOf(field: Element): readonly string[] {
  return elementsOf(field)
    .filter(({ name, ns }) => name === "value" && ns === NS_DATA)
    .map(textOf);
}

/** What is wrong with it, in words, or its values. */
function readField(field: Field, given: readonly string[]): readonly string[] | string {
  if (field.type === "text-multi") {
    // XEP-0004 §3.3: each line is a value; what some clients put into one is taken apart.
    return given.flatMap((value) => value.split(/\r?\n/)).flatMap(trimmed);
  }
  if (given.length > 1) return "has one value";
  const values = given.flatMap(trimmed);
  const [value] = values;
  if (value === undefined) return [];
  if (field.type === "boolean") {
    if (["true", "1"].includes(value)) return ["true"];
    return ["false", "0"].includes(value) ? [] : "is true or false";
  }
  if (field.type === "list-single" && !Object.hasOwn(field.options ?? {}, value)) return "is none of its options";
  return values;
}

function trimmed(value: string): readonly string[] {
  const text = value.trim();
  return text === "" ? [] : [text];
}

function wrong({ label }: Field, what: string): Submitted {
  return { ok: false, text: `The field "${label}" ${what}.` };
}
