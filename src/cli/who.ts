/** Names of people as commands take them: `john`, or `john@example.com` where several domains are served. */
import { parseJid } from "../xmpp/jid/jid.ts";
import { prepareLocalpart } from "../xmpp/jid/localpart.ts";
import { UsageError } from "./command.ts";

export interface Person {
  readonly username: string;
  readonly domain: string;
}

/** `names`: the domains served; undefined: any. @throws UsageError */
export function personOf(text: string, names: readonly string[] | undefined): Person {
  if (!text.includes("@")) {
    const username = prepareLocalpart(text);
    const [domain, second] = names ?? [];
    if (username === undefined) throw new UsageError(`"${text}" cannot be a username`);
    if (names === undefined || domain === undefined)
      throw new UsageError(`"${text}" needs its domain, like ${text}@example.com`);
    if (second !== undefined)
      throw new UsageError(`"${text}" needs its domain: ${names.map((name) => `${text}@${name}`).join(" or ")}`);
    return { username, domain };
  }
  const jid = parseJid(text);
  if (jid === undefined || jid.local === "" || jid.resource !== "")
    throw new UsageError(`"${text}" is no address like john@${names?.[0] ?? "example.com"}`);
  if (names !== undefined && !names.includes(jid.domain))
    throw new UsageError(`${jid.domain} is not served here, only ${names.join(", ")}`);
  return { username: jid.local, domain: jid.domain };
}
