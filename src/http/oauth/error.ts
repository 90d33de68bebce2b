/** Errors in the words of OAuth: RFC 6749 §5.2, RFC 7591 §3.2.2. */

/** RFC 6749 §5.1: what answers hold is for nobody's cache. */
export const UNCACHED = { "cache-control": "no-store", pragma: "no-cache" } as const;

/** `description`: a sentence for whoever wrote the client. */
export function oauthError(
  status: number,
  error: string,
  description: string,
  headers: Readonly<Record<string, string>> = {},
): Response {
  // RFC 6749 §5.2: only these characters may stand in a description.
  const error_description = description.replace(/[^\x20\x21\x23-\x5b\x5d-\x7e]/g, "?");
  return Response.json({ error, error_description }, { status, headers: { ...UNCACHED, ...headers } });
}

/** A problem (RFC 9457) that a part common to all routes made, told as an OAuth error. */
export async function asOauthError(problem: Response, error: string): Promise<Response> {
  const { detail } = (await problem.json()) as { readonly detail: string };
  problem.headers.delete("content-type");
  return oauthError(problem.status, error, detail, Object.fromEntries(problem.headers));
}
