/** pino behind the log of the server: one JSON line each, on standard error. */
import { type DestinationStream, destination, pino } from "pino";
import type { Log } from "../log.ts";

/** `KITH_LOG` is the level: error, warn, info (the default), debug. */
export function createLog(level = "info", stream: DestinationStream = destination({ dest: 2, sync: true })): Log {
  const logger = pino(
    { level: ["error", "warn", "info", "debug"].includes(level) ? level : "info", base: null },
    stream,
  );
  return {
    error: (text, fields = {}) => logger.error(fields, text),
    warn: (text, fields = {}) => logger.warn(fields, text),
    info: (text, fields = {}) => logger.info(fields, text),
    debug: (text, fields = {}) => logger.debug(fields, text),
  };
}
