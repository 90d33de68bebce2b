/** Reads members of a document whose shape is not promised, and writes text into HTML. */
import { escapeHtml } from "../html.ts";

export type Json = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** An empty object where there is none. */
export function memberOf(value: unknown, key: string): Json {
  const member = isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  return isObject(member) ? member : {};
}

export function listOf(value: unknown, key: string): readonly unknown[] {
  const member = isObject(value) ? value[key] : undefined;
  return Array.isArray(member) ? member : [];
}

export function textOf(value: unknown, key: string): string {
  const member = isObject(value) ? value[key] : undefined;
  return typeof member === "string" ? member : "";
}

export function code(text: string): string {
  return `<code>${escapeHtml(text)}</code>`;
}

/** Text in which `…` between backticks is code. */
export function prose(text: string, isInline = false): string {
  if (text === "") return "";
  const html = escapeHtml(text).replace(/`([^`]+)`/g, "<code>$1</code>");
  return isInline ? html : `<p>${html}</p>`;
}
