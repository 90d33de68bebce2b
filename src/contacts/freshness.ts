/** RFC 9111 §5.2 and RFC 5861 §4, as far as the contract uses them: `max-age`, `no-cache`, `no-store`, `stale-if-error`. */

export interface Freshness {
  /** ms for which no login needs to ask again. */
  readonly maxAge: number;
  /** ms after that for which the copy may stand in for a failing application; undefined: for ever. */
  readonly staleIfError: number | undefined;
}

/** RFC 9111 §1.2.2: what is larger counts as this. */
const LARGEST = 2_147_483_648;

/** Undefined: the answer has no Cache-Control. `age`: the header of that name, of caches on the way. */
export function readFreshness(cacheControl: string | undefined, age: string | undefined): Freshness | undefined {
  if (cacheControl === undefined) return undefined;
  const directives = new Map<string, string>();
  for (const directive of cacheControl.toLowerCase().split(",")) {
    const [name = "", value = ""] = directive.split("=", 2);
    if (!directives.has(name.trim())) directives.set(name.trim(), value.trim().replace(/^"(.*)"$/, "$1"));
  }
  const asksAlways = directives.has("no-cache") || directives.has("no-store");
  const maxAge = asksAlways ? 0 : Math.max(0, seconds(directives.get("max-age")) - seconds(age));
  const staleIfError = directives.get("stale-if-error");
  return {
    maxAge: maxAge * 1000,
    staleIfError: staleIfError === undefined || !isSeconds(staleIfError) ? undefined : seconds(staleIfError) * 1000,
  };
}

function isSeconds(text: string): boolean {
  return /^\d+$/.test(text);
}

function seconds(text: string | undefined): number {
  return text !== undefined && isSeconds(text) ? Math.min(Number(text), LARGEST) : 0;
}
