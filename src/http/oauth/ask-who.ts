/** Who is it? By the application where it logs people in, else by name and password. */
import { challengeUrl } from "./handoff.ts";
import { loginPage } from "./pages/login.ts";
import type { ClientFacts } from "./pages/props.ts";
import { RETURN_PATH } from "./paths.ts";
import { formToken, page, seeOther, type Visit } from "./visit.ts";

export interface Asking {
  /** Path where the person goes on; also the action of the form and its purpose. */
  readonly to: string;
  readonly client: ClientFacts | undefined;
  readonly hint: string | undefined;
  /** Not whoever is logged in at the application anyway. */
  readonly again?: boolean;
  readonly formAction: readonly string[];
}

/** By the application where it logs people in, else by the form. */
export async function askWho(visit: Visit, asking: Asking): Promise<Response> {
  const { domain, engine, browser } = visit;
  if (domain.handoff === undefined) return showLogin(visit, asking);
  const challenge = {
    issuer: engine.issuer,
    domain: domain.name,
    browser,
    to: asking.to,
    returnTo: `${engine.issuer}${RETURN_PATH}`,
    client: asking.client,
    hint: asking.hint,
    again: asking.again === true,
  };
  return seeOther(visit, await challengeUrl(domain.handoff, challenge, domain.clock.now()));
}

export function showLogin(
  visit: Visit,
  { to, client, hint, formAction }: Asking,
  failed?: { readonly problem: string; readonly status: number },
): Response {
  const html = loginPage({
    domain: visit.domain.name,
    client,
    action: to,
    csrf: formToken(visit, to),
    username: hint ?? "",
    problem: failed?.problem,
    cancel: client !== undefined,
  });
  return page(visit, html, { status: failed?.status ?? 200, formAction });
}

type Tried =
  | { readonly ok: true; readonly username: string }
  | { readonly ok: false; readonly problem: string; readonly status: number };

export async function tryPassword({ domain, address }: Visit, form: URLSearchParams): Promise<Tried> {
  const username = form.get("username") ?? "";
  const judged = await domain.checkPassword({ username, password: form.get("password") ?? "", address });
  if (judged.kind === "right") return { ok: true, username: judged.username };
  if (judged.kind === "wrong") return { ok: false, problem: "The name or the password is wrong.", status: 403 };
  return { ok: false, problem: "This cannot be checked at this moment. Try again in a minute.", status: 429 };
}
