/** A command (XEP-0050) as data and functions: one file each. Its steps are values; `run.ts` leads through them. */
import type { Form, Values } from "../data-forms.ts";

export interface Command {
  /** Unique. XEP-0050 §3.2 */
  readonly node: string;
  readonly name: string;
  /** Others neither see nor run it. */
  mayRun(caller: Caller): boolean;
  start(caller: Caller): Step | Promise<Step>;
}

export interface Caller {
  /** Bare JID. */
  readonly jid: string;
  /** The server that was asked. */
  readonly domain: string;
  /** As `isOwn`: a program or an app password of an administrator administers nothing. */
  readonly isOwn: boolean;
}

export interface Note {
  readonly type: "info" | "warn" | "error";
  readonly text: string;
}

export interface Ask {
  readonly kind: "ask";
  readonly form: Form;
  /** What follows is done: "complete" and not "next". */
  readonly isLast: boolean;
  /** What was submitted is as the form wants it. */
  next(values: Values): Step | Again | Promise<Step | Again>;
}

export interface Done {
  readonly kind: "done";
  readonly form?: Form;
  readonly notes: readonly Note[];
}

export type Step = Ask | Done;

/** The same form again, with what was submitted: something in it is to be mended. */
export interface Again {
  readonly kind: "again";
  readonly note: Note;
}
