/**
 * Errors that an operator or an embedding program meets. Each code stands here once, with its cause and its remedy,
 * which the command line prints; a retired code is never used again.
 */
export const KITH_ERRORS = {
  "config-invalid": {
    cause: "The configuration has unknown, missing or wrong values.",
    remedy: "Mend every path that the message lists; docs/configuration.md describes each.",
  },
  "config-unreadable": {
    cause: "The configuration file is missing, not readable, or not JSON.",
    remedy: "Check the path given to --config and the syntax at the position named.",
  },
  "config-missing": {
    cause: "There is no configuration file in the working folder, and none was named.",
    remedy:
      "Make one, name one with --config, or give flags: kith start --domain example.com --contacts http://localhost:3000/contacts/%s",
  },
  "config-exists": {
    cause: "An import would replace a configuration that is there already.",
    remedy:
      "Name another file with --output, replace it and existing accounts with --force, or take accounts alone with --accounts-only.",
  },
  "listen-failed": {
    cause: "A port could not be opened: it is in use or needs privileges.",
    remedy: "Choose another port (0 takes a free one), or stop the program that holds it.",
  },
  "storage-failed": {
    cause: "The database could not be opened, read or written.",
    remedy: "Check that the folder exists, belongs to this user and has space.",
  },
  "tls-invalid": {
    cause: "The certificate or key could not be read, or they do not belong together.",
    remedy: "Give tls.cert (PEM, full chain) and tls.key (PEM) of the same pair, or leave both null.",
  },
  "not-running": {
    cause: "No running server was found beside this configuration.",
    remedy: "Start it with `kith start`, or name the right configuration with --config.",
  },
  "already-running": {
    cause: "Another server runs with the same data folder.",
    remedy: "Stop that one first, or give this one a storage of its own.",
  },
  "server-closed": {
    cause: "The server was closed while the call was under way.",
    remedy: "Call before close(), or start a new server.",
  },
} as const satisfies Record<string, { readonly cause: string; readonly remedy: string }>;

export type KithErrorCode = keyof typeof KITH_ERRORS;

/** An error for a person who operates or embeds the server: `code` is stable, `message` says what and where. */
export class KithError extends Error {
  readonly code: KithErrorCode;

  constructor(code: KithErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.name = "KithError";
    this.code = code;
  }
}
