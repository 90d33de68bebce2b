/** Reads a body with a limit and a deadline: never more octets than allowed, never longer than allowed. */
import type { Clock } from "../clock.ts";
import { jsonArrayChunks, PARSED_AT_ONCE } from "../contacts/json-chunks.ts";
import type { HttpContext } from "./context.ts";
import { type Checked, pass, refuse } from "./problem.ts";

export interface BodyLimits {
  /** Octets. */
  readonly maxBody: number;
  /** The setting that says so. */
  readonly setting?: string;
  /** Milliseconds. */
  readonly bodyTime: number;
  readonly clock: Clock;
}

/** What is left unread makes the connection useless for another call. */
const LAST = { connection: "close" } as const;

export async function readBody(context: HttpContext, limits: BodyLimits): Promise<Checked<Uint8Array>> {
  const encoding = context.req.header("content-encoding")?.trim().toLowerCase() ?? "identity";
  if (encoding !== "identity") {
    return refuse(415, "Send the body as it is, without Content-Encoding.", { ...LAST, "accept-encoding": "identity" });
  }
  const tooLarge = `The body is larger than ${limits.maxBody} bytes (${limits.setting ?? "http.maxBody"}).`;
  if (Number(context.req.header("content-length") ?? 0) > limits.maxBody) return refuse(413, tooLarge, LAST);
  const stream = context.req.raw.body;
  if (stream === null) return pass(new Uint8Array());
  const reader: ReadableStreamDefaultReader<Uint8Array> = stream.getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  const late = Promise.withResolvers<"late">();
  const timer = limits.clock.after(limits.bodyTime, () => late.resolve("late"));
  try {
    for (;;) {
      const read = await Promise.race([reader.read(), late.promise]);
      if (read === "late") {
        drop(reader);
        return refuse(408, `The body was not complete within ${limits.bodyTime / 1000} s.`, LAST);
      }
      if (read.done) return pass(Buffer.concat(chunks, size));
      size += read.value.byteLength;
      if (size > limits.maxBody) {
        drop(reader);
        return refuse(413, tooLarge, LAST);
      }
      chunks.push(read.value);
    }
  } catch {
    return refuse(400, "The body broke off.", LAST); // the caller hung up: nobody will read this
  } finally {
    timer.cancel();
  }
}

function drop(reader: ReadableStreamDefaultReader<Uint8Array>): void {
  // The stream of a connection that is going away may fail to cancel; there is nothing left to lose.
  reader.cancel().catch(() => undefined);
}

/** UTF-8 that is not empty, a BOM skipped. */
export function textOf(bytes: Uint8Array): Checked<string> {
  if (bytes.byteLength === 0) return refuse(400, "The body is empty: JSON is expected.");
  try {
    return pass(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    return refuse(400, "The body is not UTF-8.");
  }
}

/** JSON in UTF-8, a BOM skipped. */
export function parseJson(bytes: Uint8Array): Checked<unknown> {
  const text = textOf(bytes);
  return text.ok ? parseText(text.value) : text;
}

/** The same for what may be a long array, which is parsed part by part. */
export async function parseJsonInSlices(bytes: Uint8Array, yieldNow: () => Promise<void>): Promise<Checked<unknown>> {
  const isLong = bytes.byteLength > PARSED_AT_ONCE;
  if (isLong) await yieldNow(); // its chunks have just been joined
  const text = textOf(bytes);
  if (!text.ok) return text;
  if (isLong) await yieldNow();
  const chunks = isLong ? jsonArrayChunks(text.value) : undefined;
  if (chunks === undefined) return parseText(text.value);
  const all: unknown[] = [];
  try {
    for (const part of chunks) {
      for (const one of part) all.push(one);
      await yieldNow();
    }
  } catch (error) {
    if (error instanceof SyntaxError) return parseText(text.value); // it says where
    throw error;
  }
  return pass(all);
}

export function parseText(text: string): Checked<unknown> {
  try {
    return pass(JSON.parse(text));
  } catch (error) {
    const where = /position (\d+)/.exec(error instanceof Error ? error.message : "")?.[1];
    return refuse(400, `The body is not JSON${where === undefined ? "" : `: look at character ${where}`}.`);
  }
}
