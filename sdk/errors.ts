/** What may go wrong, as classes to tell apart with `instanceof` and codes to tell apart in a `switch`. */
import type { RefreshAnswer } from "./types.ts";

export type KithErrorCode = "api" | "unreachable" | "timeout" | "bad-answer" | "webhook" | "challenge";

/** The ancestor of all errors of this package. */
export class KithError extends Error {
  override readonly name: string = "KithError";
  readonly code: KithErrorCode;

  constructor(code: KithErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** RFC 9457, as far as Kith uses it. */
export interface ProblemDetail {
  readonly type?: string;
  readonly title?: string;
  readonly status?: number;
  readonly detail?: string;
}

/** Kith answered, and the answer is no. */
export class KithApiError extends KithError {
  override readonly name: string = "KithApiError";
  readonly status: number;
  /** What Kith says about it; undefined when the answer came from something else, such as a proxy. */
  readonly problem: ProblemDetail | undefined;
  /** The answer's body as it came. */
  readonly body: string;

  constructor(call: string, status: number, body: string, problem: ProblemDetail | undefined) {
    super("api", `${call}: ${status} ${problem?.detail ?? problem?.title ?? body.slice(0, 200)}`.trimEnd());
    this.status = status;
    this.problem = problem;
    this.body = body;
  }
}

/** A refresh that failed for everybody it named. */
export class KithRefreshError extends KithApiError {
  override readonly name = "KithRefreshError";
  readonly answer: RefreshAnswer;

  constructor(call: string, status: number, body: string, answer: RefreshAnswer) {
    super(call, status, body, { detail: `${answer.message} (${answer.errors} failed)` });
    this.answer = answer;
  }
}

/** No answer: `unreachable`, or `timeout` when the deadline passed, or one that is no answer of Kith (`bad-answer`). */
export class KithNetworkError extends KithError {
  override readonly name = "KithNetworkError";
}

export type WebhookFault =
  | "missing-header"
  | "bad-timestamp"
  | "too-old"
  | "too-new"
  | "bad-signature"
  | "not-json"
  | "too-large";

/** A call that claims to come from Kith and does not show it. */
export class WebhookError extends KithError {
  override readonly name = "WebhookError";
  readonly fault: WebhookFault;

  constructor(fault: WebhookFault, message: string) {
    super("webhook", message);
    this.fault = fault;
  }
}

/** Somebody came with a login challenge that is not Kith's, or is too old. */
export class LoginChallengeError extends KithError {
  override readonly name = "LoginChallengeError";

  constructor(message: string) {
    super("challenge", message);
  }
}
