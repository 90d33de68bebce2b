/** What a command is, and what it may touch: handed in, so that tests can look. */

export interface Io {
  out(text: string): void;
  err(text: string): void;
  readonly folder: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly stdin: NodeJS.ReadStream;
  readonly stderr: NodeJS.WriteStream;
}

export interface Command {
  readonly name: string;
  /** What stands behind `kith`, for help. */
  readonly usage: string;
  /** One line. */
  readonly summary: string;
  /** Gives the exit code: 0 done, 1 failed, 2 wrong use or configuration. */
  run(args: readonly string[], io: Io): Promise<number>;
}

/** The command was not used as it should: exit 2. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "UsageError";
  }
}
