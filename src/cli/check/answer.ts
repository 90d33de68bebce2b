/** One person's answer: what is wrong in it, its time, its size, its ETag, and the clock of who sent it. */
import type { Answer } from "../../contacts/source.ts";
import type { Asked, Probe } from "./probe.ts";
import type { Report } from "./report.ts";

const PROBLEMS_SHOWN = 10;
/** ms; a signature counts for five minutes either way. */
const SKEW = 60_000;

export function reportAnswer(what: string, { answer, ms, response }: Asked, report: Report): void {
  switch (answer.kind) {
    case "list":
      report.ok(`${what} answered ${answer.list.size} contacts in ${ms} ms`);
      for (const problem of answer.problems.slice(0, PROBLEMS_SHOWN)) {
        const member = problem.member === undefined ? "" : `, ${problem.member}`;
        report.fail(`  ${problem.contact ?? "the list"}${member}: ${problem.text}`);
      }
      if (answer.problems.length > PROBLEMS_SHOWN)
        report.fail(`  and ${answer.problems.length - PROBLEMS_SHOWN} more problems`);
      return;
    case "not-found":
      report.ok(`${what} answered 404: this user has no list yet`);
      return;
    case "not-modified":
      report.fail(`${what} answered 304 although no copy was offered`, "Answer 200 when If-None-Match is absent.");
      return;
    case "unaddressable":
      report.fail(`${what}: no URL can name this user`, MEND.unaddressable);
      return;
    case "failed":
      report.fail(`${what}: ${answer.message}`, isUnauthorised(response) ? AUTHORISE : MEND[answer.failure]);
  }
}

export const AUTHORISE = "Set contacts.bearer to the token that the application expects.";

export function isUnauthorised(response: Asked["response"]): boolean {
  return response?.status === 401 || response?.status === 403;
}

/** Deadline and size: what is more than half of what is allowed will be too much one day. */
export function reportLimits({ answer, ms, response }: Asked, { config }: Probe, report: Report): void {
  if (answer.kind === "failed") return; // which said so itself
  const { timeout, maxBytes } = config.contacts;
  const time = `  time: ${ms} ms of ${timeout} ms (contacts.timeout)`;
  if (ms * 2 > timeout) report.fail(time, "Logins wait for it: answer faster, or raise contacts.timeout.");
  else report.ok(time);
  if (response === undefined) return;
  const size = `  size: ${response.body.byteLength} of ${maxBytes} bytes (contacts.maxBytes)`;
  if (response.body.byteLength * 2 > maxBytes) report.fail(size, "Answer less, or raise contacts.maxBytes.");
  else report.ok(size);
}

/** Asks the same again with the ETag: contract §1, "HTTP's own words mean what they mean". */
export async function checkEtag(username: string, first: Asked, probe: Probe, report: Report): Promise<void> {
  const { answer, response } = first;
  if (answer.kind !== "list" || response === undefined) return;
  const given = response.header("etag");
  if (given === undefined) {
    report.note("  ETag: none, so each fetch brings the whole list; with one, 304 says that nothing changed");
    return;
  }
  if (answer.etag === undefined) {
    report.fail("  ETag: it cannot be used", "Use at most 1024 visible ASCII characters.");
    return;
  }
  const again = await probe.ask(username, answer.etag);
  if (again.answer.kind === "not-modified") {
    report.ok("  ETag: the same question with If-None-Match is answered 304");
    return;
  }
  if (again.answer.kind !== "list") {
    report.fail(
      `  ETag: with If-None-Match the answer was ${again.response?.status ?? "none"}`,
      "Answer 304 without a body when If-None-Match is the list's ETag, else 200.",
    );
    return;
  }
  if (again.answer.etag === answer.etag) {
    report.fail("  ETag: If-None-Match is ignored", "Answer 304 when it is the list's ETag.");
    return;
  }
  const isSame = again.answer.list.version === answer.list.version;
  const changes = "  ETag: it is another each time";
  if (isSame) report.fail(changes, "Make it of the list's content, or of when it was changed.");
  else report.note("  ETag: the list changed while it was looked at; check again");
}

/** Signatures hold for five minutes: the two clocks must agree. */
export function checkClock({ response, at }: Asked, report: Report): void {
  const date = Date.parse(response?.header("date") ?? "");
  if (response === undefined) return;
  if (Number.isNaN(date)) {
    report.note("  clock: the answer has no Date, so the application's clock cannot be compared");
    return;
  }
  const off = date - at;
  if (Math.abs(off) < SKEW) {
    report.ok("  clock: the application's agrees with this machine's");
    return;
  }
  report.fail(
    `  clock: the application's is ${Math.round(Math.abs(off) / 1000)} s ${off > 0 ? "ahead of" : "behind"} this machine's`,
    "Signatures count for five minutes: keep both clocks by NTP.",
  );
}

export const MEND: Readonly<Record<Extract<Answer, { kind: "failed" }>["failure"], string>> = {
  refused: "Start the application, or mend contacts.url.",
  timeout: "Answer faster, or raise contacts.timeout.",
  "too-large": "Answer less, or raise contacts.maxBytes.",
  status: "Answer 200 with a JSON object; look into the application's own log.",
  encoding: "Answer without Content-Encoding: Kith asks for identity.",
  redirect: "Answer at contacts.url itself: redirects are not followed.",
  "not-json": "Answer with JSON.",
  "not-an-object": 'Answer with an object like {"marie@example.com": {"name": "Marie"}}.',
  missing: "Answer with a member for each user; null stands for one that there is not.",
  "circuit-open": "Try again in a second.",
  queue: "Try again.",
  unaddressable: "Rename the user.",
  failed: "Look into the application's own log.",
};
