/** `GET /roster_admin/audit`: held lists that do not agree with each other, in pages. Contract §4 */
import { type AuditPlace, audit } from "../../contacts/audit.ts";
import { admitReader, type Calls, NO_STORE, yieldNow } from "../call.ts";
import type { HttpContext } from "../context.ts";
import { type Checked, pass, problem, refuse } from "../problem.ts";
import type { AuditAnswer } from "../schemas/audit.ts";

const PAGE = 1000;
/** A page that takes longer ends, with what it has found. */
const PAGE_MS = 3000;

export async function getAudit(context: HttpContext, calls: Calls): Promise<Response> {
  const domain = admitReader(context, calls);
  if (!domain.ok) return domain.response;
  const { searchParams } = new URL(context.req.url);
  const limit = Number(searchParams.get("limit") ?? PAGE);
  if (!Number.isInteger(limit) || limit < 1 || limit > PAGE)
    return problem(400, `limit is a number from 1 to ${PAGE}.`);
  const after = placeOf(searchParams.get("after"));
  if (!after.ok) return after.response;
  const { clock } = calls.options;
  const end = clock.now() + PAGE_MS;
  const { contacts, name } = domain.value;
  const page = await audit(
    {
      domain: name,
      usernames: (from, most) => contacts.usernames(from, most),
      held: (username) => contacts.held(username)?.list,
      yieldNow,
      isOver: () => clock.now() >= end,
      limit,
    },
    after.value,
  );
  const answer: AuditAnswer = {
    disagreements: [...page.disagreements],
    next: page.next === undefined ? null : textOf(page.next),
  };
  return Response.json(answer, { headers: NO_STORE });
}

/** A place as it stands in `next`: both parts are addresses, which hold no space. */
function textOf({ username, contact }: AuditPlace): string {
  return Buffer.from(contact === undefined ? username : `${username} ${contact}`).toString("base64url");
}

function placeOf(text: string | null): Checked<AuditPlace | undefined> {
  if (text === null) return pass(undefined);
  const [username = "", contact, more] = Buffer.from(text, "base64url").toString("utf8").split(" ");
  if (username === "" || more !== undefined) return refuse(400, "after is what an earlier page gave as next.");
  return pass({ username, contact });
}
