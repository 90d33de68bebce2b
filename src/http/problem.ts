/** RFC 9457: errors as `application/problem+json`, made in this one place. */

const TITLES = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  408: "Request Timeout",
  409: "Conflict",
  412: "Precondition Failed",
  413: "Content Too Large",
  415: "Unsupported Media Type",
  422: "Unprocessable Content",
  426: "Upgrade Required",
  429: "Too Many Requests",
  431: "Request Header Fields Too Large",
  500: "Internal Server Error",
  503: "Service Unavailable",
} as const;

export const CONTENT_TYPE = "application/problem+json";

export type ProblemStatus = keyof typeof TITLES;

/** An answer that says what is wrong; `detail` is a sentence for the person who made the call. */
export function problem(
  status: ProblemStatus,
  detail: string,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return new Response(problemText(status, detail), {
    status,
    headers: { "content-type": CONTENT_TYPE, "cache-control": "no-store", ...headers },
  });
}

/** The same as octets for a connection that ends with it: where the request is so broken that no route sees it. */
export function lastProblem(status: ProblemStatus, detail: string): string {
  const body = problemText(status, detail);
  const head = [
    `HTTP/1.1 ${status} ${TITLES[status]}`,
    `Content-Type: ${CONTENT_TYPE}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    "Cache-Control: no-store",
    "Connection: close",
  ];
  return `${head.join("\r\n")}\r\n\r\n${body}`;
}

export function problemText(status: ProblemStatus, detail: string): string {
  return `${JSON.stringify({ type: "about:blank", title: TITLES[status], status, detail })}\n`;
}

/** The outcome of a check on the way to an answer: a value, or the answer that ends the call. */
export type Checked<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly response: Response };

export function pass<T>(value: T): Checked<T> {
  return { ok: true, value };
}

export function refuse(
  status: ProblemStatus,
  detail: string,
  headers?: Readonly<Record<string, string>>,
): Checked<never> {
  return { ok: false, response: problem(status, detail, headers) };
}
