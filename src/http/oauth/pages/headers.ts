/** The headers of every page: it loads nothing from elsewhere, runs nothing, is framed by nobody and kept nowhere. */

export interface PageAnswer {
  readonly status?: number;
  /**
   * Where a form may lead besides here: redirect URIs, of which the origin or the scheme is taken. Chromium applies
   * `form-action` to the redirects after a POST too, so the page with the decision must name the client's.
   */
  readonly formAction?: readonly string[];
}

const HEADERS = {
  "content-type": "text/html; charset=utf-8",
  "cache-control": "no-store",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
};

export function pageResponse(html: string, { status = 200, formAction = [] }: PageAnswer = {}): Response {
  return new Response(html, { status, headers: pageHeaders(formAction) });
}

/** The same for an answer that is written otherwise. */
export function pageHeaders(formAction: readonly string[] = []): Readonly<Record<string, string>> {
  const targets = new Set(formAction.map(formSource).filter((source) => source !== undefined));
  const policy = [
    "default-src 'none'",
    "style-src 'self'",
    "img-src 'self' data:",
    ["form-action 'self'", ...targets].join(" "),
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ];
  return { ...HEADERS, "content-security-policy": policy.join("; ") };
}

/** Schemes of which a browser makes pages or scripts of its own. */
const NEVER: readonly string[] = ["javascript:", "data:", "blob:", "filesystem:", "vbscript:", "about:", "file:"];

/**
 * CSP 3 §2.3.1: the source expression for a redirect URI. The whole must be of its grammar, since the URL parser lets
 * `;` and `,` pass in a host. Undefined: nothing is allowed for it.
 */
function formSource(uri: string): string | undefined {
  // The parser drops line breaks and tabs, and blanks at the ends.
  if (/[\s\p{C}]/u.test(uri) || !URL.canParse(uri)) return undefined;
  const { protocol, hostname, origin } = new URL(uri);
  if (protocol !== "https:" && protocol !== "http:") {
    return /^[a-z][a-z0-9+.-]*:$/.test(protocol) && !NEVER.includes(protocol) ? protocol : undefined;
  }
  // The grammar has no IPv6 addresses: of those only the scheme can be allowed.
  if (hostname.startsWith("[")) return protocol;
  return /^https?:\/\/[a-z0-9-]+(?:\.[a-z0-9-]+)*(?::\d+)?$/.test(origin) ? origin : undefined;
}
