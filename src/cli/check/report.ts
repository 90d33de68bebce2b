/** What `kith check` says: a finding a line. */

export interface Report {
  ok(text: string): void;
  /** Worth knowing, and no fault. */
  note(text: string): void;
  /** `mend`: what to do about it, in a sentence. */
  fail(text: string, mend?: string): void;
}

export class Findings implements Report {
  failures = 0;
  readonly #out: (line: string) => void;

  constructor(out: (line: string) => void) {
    this.#out = out;
  }

  ok(text: string): void {
    this.#out(`ok   ${text}`);
  }

  note(text: string): void {
    this.#out(`note ${text}`);
  }

  fail(text: string, mend?: string): void {
    this.failures++;
    this.#out(`FAIL ${text}${mend === undefined ? "" : `. ${mend}`}`);
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
