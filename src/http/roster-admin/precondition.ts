/** RFC 9110 §13.1: `If-Match` and `If-None-Match` of a call that changes a list. */

/** `version`: of the list that is held; undefined: none is. */
export function mayChange(headers: Headers, version: string | undefined): boolean {
  const match = headers.get("if-match");
  const noneMatch = headers.get("if-none-match");
  // RFC 9110 §13.1.1: compared strongly, so that a weak tag never fits.
  if (match !== null && !isAmong(match, version, false)) return false;
  return noneMatch === null || !isAmong(noneMatch, version, true);
}

function isAmong(header: string, version: string | undefined, weakly: boolean): boolean {
  if (version === undefined) return false;
  return header.split(",").some((part) => {
    const tag = part.trim();
    if (tag === "*") return true;
    return (weakly ? tag.replace(/^W\//, "") : tag) === `"${version}"`;
  });
}
