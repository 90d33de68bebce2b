/** RFC 8414 §2: an authorization server has an address of its own, where Prosody's hosts may share one. */
import { domainToASCII } from "node:url";
import type { Notice } from "./notice.ts";

type Section = Readonly<Record<string, unknown>>;

/** `publicUrl`: of the whole server. Domains that cannot have it get one of their own, which is told. */
export function withIssuers(
  domains: readonly (readonly [string, Section])[],
  publicUrl: unknown,
  notices: Notice[],
): readonly (readonly [string, Section])[] {
  if (typeof publicUrl !== "string") return domains;
  const { origin, pathname } = new URL(publicUrl);
  let taken = pathname !== "/";
  return domains.map(([name, section]) => {
    if (section["oauth"] === undefined) return [name, section];
    if (!taken) {
      taken = true;
      return [name, section];
    }
    const alone = domains.length === 1;
    const own = alone ? origin : `https://${domainToASCII(name) || name}`;
    const text = `OAuth clients of ${name} need an address of its own at the root of a host: ${own} is a guess, look at it.`;
    notices.push({ where: "http_external_url", text });
    return [name, { ...section, http: { publicUrl: own } }];
  });
}
