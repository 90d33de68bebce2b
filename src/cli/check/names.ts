/** Difficult names: does the application decode the path once, as a whole, and does none of them break it? */
import { percentEncode } from "../../contacts/url.ts";
import { prepareLocalpart } from "../../xmpp/jid/localpart.ts";
import { AUTHORISE, isUnauthorised, MEND } from "./answer.ts";
import type { Probe } from "./probe.ts";
import type { Report } from "./report.ts";

const DIFFICULT = ["q?x=1", "a%b", "jürgen", "a+b", "#c", "日本"];
const ONCE = "Take the last part of the path as it came in and percent-decode it once, as UTF-8.";

/** `known`: somebody with contacts, and the version of their list. */
export async function checkNames(
  probe: Probe,
  known: { readonly username: string; readonly version: string } | undefined,
  report: Report,
): Promise<void> {
  let broken = 0;
  for (const name of DIFFICULT) {
    const { answer, response } = await probe.ask(name);
    if (answer.kind !== "failed") continue;
    if (isUnauthorised(response)) {
      report.fail(`  difficult names: ${answer.message}`, AUTHORISE);
      return;
    }
    broken++;
    const status = response?.status ?? 0;
    const isRefused = answer.failure === "status" && status < 500;
    const mend = isRefused
      ? "Answer 404 for somebody who is not known."
      : answer.failure === "status"
        ? ONCE
        : undefined;
    report.fail(
      `  the name ${name} (${percentEncode(name)} in the path): ${answer.message}`,
      mend ?? MEND[answer.failure],
    );
  }
  if (broken === 0) report.ok(`  difficult names: ${DIFFICULT.join(", ")} are answered`);
  if (known !== undefined) await checkMistaken(probe, known.username, known.version, report);
}

/** Names that are another's only for who decodes wrongly: nobody may be given somebody else's contacts. */
async function checkMistaken(probe: Probe, username: string, version: string, report: Report): Promise<void> {
  const last = [...username].at(-1) ?? "";
  const mistakes = [
    { name: `${username}?x=1`, how: "what stands behind a decoded ? is cut off" },
    { name: `${username}#x`, how: "what stands behind a decoded # is cut off" },
    { name: username.slice(0, -last.length) + encodedAll(last), how: "the path is decoded twice" },
  ];
  let mistaken = 0;
  for (const { name, how } of mistakes) {
    if (prepareLocalpart(name) !== name) continue;
    const { answer } = await probe.ask(name);
    if (answer.kind !== "list" || answer.list.version !== version) continue;
    mistaken++;
    report.fail(`  the name ${name} is given the contacts of ${username}: ${how}`, ONCE);
  }
  if (mistaken === 0) report.ok("  encoding: no other name is taken for this one");
}

/** Also what needs no encoding, in lower case as usernames are. */
function encodedAll(char: string): string {
  return [...new TextEncoder().encode(char)].map((octet) => `%${octet.toString(16).padStart(2, "0")}`).join("");
}
