/** XEP-0198 §3, §5: what a client asks for, read into plain data. */
import type { Attrs } from "../xml/element.ts";

export interface EnableWish {
  /** The stream is to be resumable. */
  readonly resume: boolean;
  /** For so many seconds, if the client has a preference. */
  readonly max: number | undefined;
}

export interface ResumeWish {
  readonly id: string;
  /** Stanzas of the server that the client has handled. */
  readonly h: number;
}

const DIGITS = /^[0-9]{1,10}$/;
const MOST = 0xffff_ffff;

export function readEnable({ resume, max }: Attrs): EnableWish {
  const seconds = max === undefined ? undefined : readCount(max);
  // `xs:positiveInteger`: what is none is no preference.
  return { resume: resume === "true" || resume === "1", max: seconds === 0 ? undefined : seconds };
}

/** Null: one of the two is missing or wrong. */
export function readResume({ previd, h }: Attrs): ResumeWish | null {
  const count = h === undefined ? undefined : readCount(h);
  return previd === undefined || count === undefined ? null : { id: previd, h: count };
}

/** `xs:unsignedInt`. Undefined: it is none. */
export function readCount(text: string): number | undefined {
  const trimmed = text.trim();
  if (!DIGITS.test(trimmed)) return undefined;
  const count = Number(trimmed);
  return count > MOST ? undefined : count;
}
