/**
 * What every part logs through: constant text first, the rest in fields. pino is behind it in the server, a recorder in
 * tests. Never message bodies, passwords, tokens or contact lists.
 */
export interface Log {
  error(text: string, fields?: LogFields): void;
  warn(text: string, fields?: LogFields): void;
  info(text: string, fields?: LogFields): void;
  debug(text: string, fields?: LogFields): void;
}

export type LogFields = Readonly<Record<string, unknown>>;

const nothing = (): void => undefined;

/** A log that keeps nothing: for tests of parts whose log is of no interest. */
export const silentLog: Log = { error: nothing, warn: nothing, info: nothing, debug: nothing };
