/** Everything that is tried of one domain's application. */
import type { DomainConfig } from "../../config/config.ts";
import { checkClock, checkEtag, reportAnswer, reportLimits } from "./answer.ts";
import { checkNames } from "./names.ts";
import { checkBatch, checkReachable } from "./posts.ts";
import { openProbe } from "./probe.ts";
import type { Report } from "./report.ts";
import { checkSymmetry } from "./symmetry.ts";

/** `username`: whose list is asked for; undefined where nobody is known. */
export async function checkApplication(
  config: DomainConfig,
  username: string | undefined,
  report: Report,
): Promise<void> {
  await using probe = openProbe(config);
  const what = `contacts of ${username === undefined ? "" : `${username}@`}${config.domain}: ${probe.whom}`;
  if (username === undefined) {
    report.note(`${what} was asked for nobody, as there is no account yet: kith check NAME`);
  }
  const asked = username === undefined ? undefined : await probe.ask(username);
  if (asked !== undefined && username !== undefined) {
    reportAnswer(what, asked, report);
    reportLimits(asked, probe, report);
    await checkEtag(username, asked, probe, report);
    checkClock(asked, report);
  }
  // More names tell nothing more of an application that fails for one.
  const isThere = asked?.answer.kind !== "failed";
  const list = asked?.answer.kind === "list" ? asked.answer.list : undefined;
  const known =
    list === undefined || username === undefined || list.size === 0 ? undefined : { username, version: list.version };
  if (isThere) await checkNames(probe, known, report);
  if (list !== undefined && username !== undefined) await checkSymmetry(username, list, probe, report);
  const isAskedSingly = config.contacts.url !== null;
  await checkBatch(probe, username, isAskedSingly ? list?.version : undefined, report);
  await checkReachable(probe, report);
}
