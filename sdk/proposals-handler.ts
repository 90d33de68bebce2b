/** Answers `POST <proposals.url>`: may this person have, or no longer have, that contact? */
import { type CallerOptions, type Handler, json, problem, readPost, requireCaller } from "./answers.ts";
import type { Decision, Proposal, ProposalAnswer } from "./types.ts";

/**
 * `accept` after the change is stored: Kith then asks for both lists again. `deny` shows the reason in the client.
 * `later` is decided by a refresh. The same `proposal.id` may come twice: answer it the same way.
 */
export type Decide = (
  proposal: Proposal,
  request: Request,
) => Promise<ProposalAnswer | Decision> | ProposalAnswer | Decision;

const TYPES: ReadonlySet<unknown> = new Set(["add", "remove", "rename", "regroup", "accept", "decline"]);
const DECISIONS: ReadonlySet<unknown> = new Set(["accept", "deny", "later"]);

/**
 * A `Request → Response` for `proposals.url`.
 * @throws TypeError: neither secret nor token is given; and in a call: what was decided is none of the three
 */
export function proposalsHandler(decide: Decide, options: CallerOptions): Handler {
  requireCaller(options, "proposalsHandler");
  return async (request) => {
    const post = await readPost(request, options);
    if (!post.ok) return post.response;
    if (!isProposal(post.payload)) return problem(400, "The body is no proposal.");
    const answer = await decide(post.payload, request);
    const { decision, reason } = typeof answer === "string" ? { decision: answer, reason: undefined } : answer;
    if (!DECISIONS.has(decision)) throw new TypeError(`${String(decision)} is neither accept, deny nor later`);
    return json(JSON.stringify(reason === undefined ? { decision } : { decision, reason }));
  };
}

function isProposal(payload: unknown): payload is Proposal {
  if (typeof payload !== "object" || payload === null) return false;
  const { id, type, user, contact } = payload as Readonly<Record<string, unknown>>;
  return typeof id === "string" && TYPES.has(type) && typeof user === "string" && typeof contact === "string";
}
