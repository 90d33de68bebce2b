/** The kinds of values in a configuration: each is type, check, default and page of the manual at once. */
import { BlockList, isIP } from "node:net";
import { z } from "zod";
import { DURATION_EXPECTED, parseDuration, parseSize, SIZE_EXPECTED } from "../units.ts";

export interface FieldDoc {
  /** What may stand there. */
  readonly kind: string;
  readonly doc: string;
  /** As it is written in JSON; undefined: must be given. */
  readonly preset: unknown;
}

/** What the manual page says of each field; `scripts/config-docs.ts` reads it. */
export const fieldDocs = z.registry<FieldDoc>();

/** A field whose text is read by `parse`; undefined from `parse` is a mistake. */
function parsed<T>(
  kind: string,
  expected: string,
  preset: string,
  doc: string,
  parse: (text: string) => T | undefined,
) {
  return z
    .string({ error: expected })
    .transform((text, context) => {
      const value = parse(text);
      if (value !== undefined) return value;
      context.addIssue({ code: "custom", message: expected, input: text });
      return z.NEVER;
    })
    .prefault(preset)
    .register(fieldDocs, { kind, doc, preset });
}

/** Milliseconds, written `"5s"`; at least 1 ms. */
export function duration(preset: string, doc: string) {
  return parsed("duration", DURATION_EXPECTED, preset, doc, (text) => parseDuration(text) || undefined);
}

/** Milliseconds, written `"5s"`; `"0s"` is none. */
export function durationOrNone(preset: string, doc: string) {
  return parsed("duration", DURATION_EXPECTED, preset, doc, parseDuration);
}

/** Milliseconds, or null. */
export function optionalDuration(doc: string) {
  const words = `${DURATION_EXPECTED} or null`;
  return z
    .string({ error: words })
    .transform((text, context) => {
      const value = parseDuration(text);
      if (value) return value;
      context.addIssue({ code: "custom", message: words, input: text });
      return z.NEVER;
    })
    .nullable()
    .prefault(null)
    .register(fieldDocs, { kind: "duration or null", doc, preset: null });
}

/** Octets, written `"8MiB"`; at least 1. */
export function size(preset: string, doc: string) {
  return parsed("size", SIZE_EXPECTED, preset, doc, (text) => parseSize(text) || undefined);
}

/** A whole number between the two. */
export function count(preset: number, least: number, most: number, doc: string) {
  const expected = `a whole number from ${least} to ${most}`;
  return z
    .int({ error: expected })
    .min(least, { error: expected })
    .max(most, { error: expected })
    .prefault(preset)
    .register(fieldDocs, { kind: expected, doc, preset });
}

export function flag(preset: boolean, doc: string) {
  return z
    .boolean({ error: "true or false" })
    .prefault(preset)
    .register(fieldDocs, { kind: "true or false", doc, preset });
}

export function oneOf<const T extends readonly [string, ...string[]]>(values: T, preset: T[number], doc: string) {
  const expected = values.map((value) => JSON.stringify(value)).join(" or ");
  return z
    .enum(values, { error: expected })
    .default(preset as never)
    .register(fieldDocs, { kind: expected, doc, preset });
}

/** A port number, 0 for any free one, null for none. */
export function port(preset: number, doc: string) {
  const expected = "a port number (0 takes a free one) or null";
  return z
    .int({ error: expected })
    .min(0, { error: expected })
    .max(65_535, { error: expected })
    .nullable()
    .prefault(preset)
    .register(fieldDocs, { kind: expected, doc, preset });
}

/** Text that is always there. `test` is the check, `expected` its words. */
export function text(preset: string, expected: string, doc: string, test: (value: string) => boolean) {
  return z
    .string({ error: expected })
    .refine(test, { error: expected })
    .prefault(preset)
    .register(fieldDocs, { kind: expected, doc, preset });
}

/** Text that may be absent. `test` is the check, `expected` its words. */
export function optionalText(expected: string, doc: string, test: (text: string) => boolean) {
  const words = `${expected} or null`;
  return z
    .string({ error: words })
    .refine(test, { error: words })
    .nullable()
    .prefault(null)
    .register(fieldDocs, { kind: words, doc, preset: null });
}

/** A list of texts, each checked. */
export function texts(expected: string, doc: string, test: (text: string) => boolean) {
  const words = `an array, each entry ${expected}`;
  return z
    .array(z.string({ error: expected }).refine(test, { error: expected }), { error: words })
    .prefault([])
    .register(fieldDocs, { kind: words, doc, preset: [] });
}

/** One text or several of them, each checked; always read as a list. */
export function textOrTexts(expected: string, doc: string, test: (text: string) => boolean, most: number) {
  const words = `${expected}, or an array of at most ${most} of them`;
  const one = z.string({ error: words }).refine(test, { error: words });
  return z
    .union([one.transform((text) => [text]), z.array(one).max(most), z.null().transform(() => [])], { error: words })
    .prefault([])
    .register(fieldDocs, { kind: words, doc, preset: [] });
}

export function isHttpUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  return ["http:", "https:"].includes(new URL(text).protocol);
}

/** `0.0.0.0`, `::`, or the name of a host. */
export function isListenAddress(text: string): boolean {
  return isIP(text) !== 0 || /^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/.test(text);
}

/** `198.51.100.7`, `10.0.0.0/8`, `fd00::/8`. */
export function isNetwork(text: string): boolean {
  const [address = "", bits, rest] = text.split("/");
  const family = isIP(address);
  if (family === 0 || rest !== undefined) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
}

const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8, "ipv4");
loopback.addAddress("::1", "ipv6");

/** Only this machine can reach the address. */
export function isLoopback(address: string): boolean {
  if (address === "localhost") return true;
  const family = isIP(address);
  return family !== 0 && loopback.check(address, family === 4 ? "ipv4" : "ipv6");
}
