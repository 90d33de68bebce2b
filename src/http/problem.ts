/** RFC 9457: errors as `application/problem+json`, made in this one place. */

const TITLES = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  408: "Request Timeout",
  413: "Content Too Large",
  426: "Upgrade Required",
  500: "Internal Server Error",
  503: "Service Unavailable",
} as const;

export type ProblemStatus = keyof typeof TITLES;

/** An answer that says what is wrong; `detail` is a sentence for the person who made the call. */
export function problem(
  status: ProblemStatus,
  detail: string,
  headers: Readonly<Record<string, string>> = {},
): Response {
  const body = JSON.stringify({ type: "about:blank", title: TITLES[status], status, detail });
  return new Response(`${body}\n`, {
    status,
    headers: { "content-type": "application/problem+json", "cache-control": "no-store", ...headers },
  });
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
