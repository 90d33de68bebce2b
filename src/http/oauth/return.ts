/** `/oauth2/return`: the application has said who is logged in, and sent the browser back. */
import { readAnswer } from "./handoff.ts";
import { errorPage } from "./pages/error.ts";
import { RETURN_PATH } from "./paths.ts";
import { freshQuery, page, seeOther, type Visit } from "./visit.ts";

export async function getReturn(visit: Visit): Promise<Response> {
  const { domain, engine, browser, isNew, context } = visit;
  if (domain.handoff === undefined) return refusal(visit, `Nobody is sent to ${RETURN_PATH} here.`, 404);
  const query = new URL(context.req.url).searchParams;
  const given = {
    challenge: query.get("challenge") ?? "",
    answer: query.get("answer") ?? "",
    issuer: engine.issuer,
    browser: isNew ? undefined : browser,
  };
  const now = domain.clock.now();
  const answer = await readAnswer(domain.handoff, given, now);
  if (answer.kind === "wrong") {
    domain.log.warn("login at the application failed", { domain: domain.name, reason: answer.reason });
    return refusal(visit, answer.reason, 403);
  }
  if (answer.kind === "denied") return refusal(visit, answer.reason, 403);
  const { username, to } = answer;
  if (!(await domain.isCurrent(username, now))) return refusal(visit, "There is no such account.", 403);
  domain.log.info("login", {
    domain: domain.name,
    user: username,
    mechanism: "application page",
    address: visit.address,
  });
  const { browsers } = visit;
  const loggedIn = browsers.begin({ username, since: now });
  return seeOther(visit, `${to}?${freshQuery(browsers, loggedIn, to)}`, loggedIn);
}

function refusal(visit: Visit, detail: string, status: number): Response {
  const html = errorPage({
    domain: visit.domain.name,
    status,
    title: "You were not logged in",
    detail,
    code: undefined,
  });
  return page(visit, html, { status });
}
