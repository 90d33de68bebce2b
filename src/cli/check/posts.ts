/** What Kith posts to the application: `contacts.batchUrl` is asked, `proposals.url` and `events.url` are only reached. */
import { FetchError } from "../../contacts/fetch.ts";
import { askedOf } from "../../source-of.ts";
import { MEND } from "./answer.ts";
import { type Probe, shownUrl } from "./probe.ts";
import type { Report } from "./report.ts";

const NOBODY = "kith-check-nobody";

/** `single`: what `contacts.url` answered for this user. */
export async function checkBatch(
  probe: Probe,
  username: string | undefined,
  single: string | undefined,
  report: Report,
): Promise<void> {
  const { config, fetch, clock } = probe;
  const { batchUrl } = config.contacts;
  const source = askedOf(config, { users: 100, delay: 0 }, fetch, clock);
  if (batchUrl === null || !("askMany" in source)) return;
  const what = `contacts.batchUrl of ${config.domain}: ${shownUrl(batchUrl)}`;
  const names = username === undefined ? [NOBODY] : [username, NOBODY];
  const batch = await source.askMany(names, new AbortController().signal);
  if (batch.kind === "failed") {
    report.fail(`${what}: ${batch.message}`, MEND[batch.failure].replace("contacts.url", "contacts.batchUrl"));
    return;
  }
  const nobody = batch.answers.get(NOBODY);
  if (nobody?.kind === "failed") report.fail(`${what}: of ${NOBODY}: ${nobody.message}`, MEND[nobody.failure]);
  else report.ok(`${what} answered`);
  const known = username === undefined ? undefined : batch.answers.get(username);
  if (known?.kind === "failed") report.fail(`  ${username}: ${known.message}`, MEND[known.failure]);
  if (known?.kind === "list" && single !== undefined && known.list.version !== single) {
    report.fail(`  ${username} has other contacts here than at contacts.url`, "Answer both from the same data.");
  }
}

/** A GET, which neither decides a proposal nor counts as an event: any answer but a redirect and 5xx says that somebody is there. */
export async function checkReachable(probe: Probe, report: Report): Promise<void> {
  const { contacts, proposals, events, domain } = probe.config;
  const urls = Object.entries({ "proposals.url": proposals.url, "events.url": events.url });
  for (const [key, url] of urls) if (url !== null) await reach(probe, key, url, report);
  const isPosting = contacts.batchUrl !== null || urls.some(([, url]) => url !== null);
  if (isPosting && contacts.secret === null && probe.config.contactsFunction === undefined) {
    report.note(`contacts.secret of ${domain} is not set: what is posted to the application is not signed`);
  }
}

async function reach({ config, fetch }: Probe, key: string, url: string, report: Report): Promise<void> {
  const what = `${key} of ${config.domain}: ${shownUrl(url)}`;
  const headers = { accept: "application/json", "accept-encoding": "identity" };
  const signal = AbortSignal.timeout(config.contacts.timeout);
  try {
    const { status } = await fetch({ url: shownUrl(url), method: "GET", headers, signal, maxBytes: 65_536 });
    if (status >= 500) report.fail(`${what} answers ${status} to a GET`, "Look into the application's own log.");
    else if (status >= 300 && status < 400) report.fail(`${what} redirects`, `Put where it leads into ${key}.`);
    else report.ok(`${what} is reached (it answers ${status} to a GET; posts were not tried)`);
  } catch (error) {
    if (!(error instanceof FetchError)) throw error;
    const isLate = error.kind === "aborted";
    const message = isLate ? "the application does not answer in time" : error.message;
    report.fail(`${what}: ${message}`, `Start the application, or mend ${key}.`);
  }
}
