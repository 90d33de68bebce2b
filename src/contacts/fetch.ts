/** HTTP as the heart sees it: one function, handed in. `net/http-client.ts` is the real one. */

import type { Signal } from "./deadline.ts";

export interface FetchRequest {
  readonly url: string;
  readonly method: "GET" | "POST";
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Ends the request at once, wherever it is; the promise then rejects. */
  readonly signal: Signal;
  /** A body that is longer, or says so, ends the request as `too-large`. */
  readonly maxBytes: number;
  /** Only the status counts: the body of whatever status may be cut short, and is never `too-large`. */
  readonly unread?: boolean;
}

export interface FetchResponse {
  readonly status: number;
  /** By lower-case name; several of one name are joined by ", ". */
  header(name: string): string | undefined;
  /** As sent, with no decoding. Bodies of other statuses than 200, and `unread` ones, may be cut short. */
  readonly body: Uint8Array;
}

/** Never follows redirects. Rejects with FetchError only. */
export type Fetch = (request: FetchRequest) => Promise<FetchResponse>;

export type FetchErrorKind = "refused" | "reset" | "dns" | "tls" | "aborted" | "too-large" | "failed";

/** Why there is no response. The message names no URL. */
export class FetchError extends Error {
  readonly kind: FetchErrorKind;

  constructor(kind: FetchErrorKind, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.name = "FetchError";
    this.kind = kind;
  }
}
