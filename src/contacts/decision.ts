/** What the application may answer to a proposal: contract §3. Pure. */

export type Decision =
  | { readonly kind: "accept" }
  /** `reason`: shown to the user; fit for XML. */
  | { readonly kind: "deny"; readonly reason: string | undefined }
  | { readonly kind: "later" };

/** Characters of a reason. */
const MOST = 500;
/** What XML 1.0 §2.2 does not allow, lone surrogates included. */
const FORBIDDEN = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu;

/** Undefined: the answer is no decision. */
export function readDecision(json: unknown): Decision | undefined {
  if (typeof json !== "object" || json === null) return undefined;
  const { decision, reason } = json as Readonly<Record<string, unknown>>;
  if (decision === "accept" || decision === "later") return { kind: decision };
  return decision === "deny" ? { kind: "deny", reason: readReason(reason) } : undefined;
}

function readReason(value: unknown): string | undefined {
  if (typeof value !== "string") return undefined;
  // Twice as many units as characters wanted, so that what is long costs nothing.
  const text = [...value.slice(0, 2 * MOST).replace(FORBIDDEN, "")].slice(0, MOST).join("").trim();
  return text === "" ? undefined : text;
}
