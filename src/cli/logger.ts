/** pino behind the log of the server: one JSON line each, on standard error. */
import { type DestinationStream, destination, pino } from "pino";
import type { Log } from "../log.ts";

/** `KITH_LOG` is the level: error, warn, info (the default), debug. */
export function createLog(level = "info", stream: DestinationStream = destination({ dest: 2, sync: true })): Log {
  const logger = pino(
    {
      level: ["error", "warn", "info", "debug"].includes(level) ? level : "info",
      base: null,
      serializers: { error: errorFields },
    },
    stream,
  );
  return {
    error: (text, fields = {}) => logger.error(fields, text),
    warn: (text, fields = {}) => logger.warn(fields, text),
    info: (text, fields = {}) => logger.info(fields, text),
    debug: (text, fields = {}) => logger.debug(fields, text),
  };
}

/** As it stands an Error is written as an empty object. */
function errorFields(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { name } = error;
  return { name, code: Reflect.get(error, "code"), message: messageOf(error), stack: framesOf(error) };
}

const MOST_CAUSES = 5;

function messageOf(error: Error): string {
  const messages: string[] = [];
  for (let at: unknown = error; at instanceof Error && messages.length < MOST_CAUSES; at = at.cause) {
    // JSON.parse quotes what it read, and that may be somebody's contacts.
    const message = at instanceof SyntaxError ? "syntax error" : at.message;
    if (!messages.some((outer) => outer.includes(message))) messages.push(message);
  }
  return messages.join(": ");
}

/** The stack without the message before it. */
function framesOf({ stack = "" }: Error): string {
  return stack
    .split("\n")
    .filter((line) => /^\s+at /.test(line))
    .join("\n");
}
