/** `/admin`: a page for who operates the server, and the calls by which it gets its data. docs/admin.md */
import type { Hono } from "hono";
import type { z } from "zod";
import { prepareLocalpart } from "../../xmpp/jid/localpart.ts";
import { Gate } from "../auth.ts";
import { admitReader, type Calls, NO_STORE } from "../call.ts";
import type { HttpContext, HttpEnv } from "../context.ts";
import { chooseDomain } from "../host.ts";
import { Idempotency } from "../idempotency.ts";
import type { HttpDomain, HttpOptions } from "../options.ts";
import { type Checked, pass, problem, refuse } from "../problem.ts";
import type { TrustedProxies } from "../proxy.ts";
import { getAudit } from "../roster-admin/audit.ts";
import { getExplain } from "../roster-admin/explain.ts";
import { route } from "../route.ts";
import { eventsQuery, overviewQuery, peopleQuery, personQuery } from "../schemas/admin.ts";
import { events } from "./events.ts";
import { AdminFiles } from "./files.ts";
import type { AdminOptions } from "./options.ts";
import { overview } from "./overview.ts";
import { people } from "./people.ts";
import { person } from "./person.ts";

export function adminRoutes(
  app: Hono<HttpEnv>,
  options: HttpOptions,
  admin: AdminOptions,
  proxies: TrustedProxies,
): void {
  // Also with http.auth "none": the origin had no such page.
  const gate = new Gate({ auth: "token", tokens: [...options.tokens, ...admin.tokens], clock: options.clock });
  const calls: Calls = {
    options,
    gate,
    proxies,
    idempotency: new Idempotency(options),
  };
  const files = new AdminFiles();
  route(app, "/admin", { GET: (context) => page(context, gate, files) });
  route(app, "/admin/", { GET: () => new Response(null, { status: 308, headers: { location: "../admin" } }) });
  route(app, "/admin/:file", {
    GET: (context) => {
      const name = context.req.param("file") ?? "";
      return files.response(name, context.req.header("if-none-match")) ?? problem(404, "There is no such file.");
    },
  });
  const data = <Q extends z.ZodType>(
    path: string,
    query: Q,
    answer: (domain: HttpDomain, question: z.infer<Q>) => Checked<unknown>,
  ): void => {
    readerRoute(app, path, (context) => {
      const domain = admitReader(context, calls);
      if (!domain.ok) return domain.response;
      const question = readQuery(context, query);
      if (!question.ok) return question.response;
      const answered = answer(domain.value, question.value);
      return answered.ok ? Response.json(answered.value, { headers: NO_STORE }) : answered.response;
    });
  };
  readerRoute(app, "domains", (context) => {
    const allowed = gate.byToken(context);
    if (!allowed.ok) return allowed.response;
    const byHost = chooseDomain(context, options.domains, proxies);
    const domains = options.domains.map(({ name }) => name);
    const domain = byHost.ok ? byHost.value.name : domains[0];
    return Response.json({ domains, domain }, { headers: NO_STORE });
  });
  // Answered as below /roster_admin, to who has a token of this page too.
  readerRoute(app, "explain", (context) => getExplain(context, calls));
  readerRoute(app, "audit", (context) => getAudit(context, calls));
  data("overview", overviewQuery, (domain, { since }) => {
    const watch = admin.watches.get(domain.name);
    if (watch === undefined) return refuse(404, "This domain is not watched.");
    return pass(overview({ domain, watch, options, admin }, since));
  });
  data("people", peopleQuery, (domain, question) => pass(people(domain, options, admin, question)));
  data("events", eventsQuery, (domain, { limit }) => pass(events(admin.events?.(domain.name), limit)));
  data("person", personQuery, (domain, question) => {
    const user = prepareLocalpart(question.user);
    if (user === undefined) return refuse(400, "user is no username (the localpart of a JID, RFC 7622 §3.3).");
    const found = person(domain, options, { ...question, user });
    return found === undefined
      ? refuse(404, "Nobody of this name is online, and no list of theirs is held.")
      : pass(found);
  });
}

function readerRoute(
  app: Hono<HttpEnv>,
  path: string,
  answer: (context: HttpContext) => Response | Promise<Response>,
): void {
  route(app, `/admin/api/${path}`, { GET: answer });
}

/** A browser gets the form for the token, a program the words it expects. */
function page(context: HttpContext, gate: Gate, files: AdminFiles): Response {
  const allowed = gate.byToken(context);
  if (allowed.ok) return files.page(true);
  const accept = context.req.header("accept") ?? "";
  return accept.includes("text/html") ? files.page(false) : allowed.response;
}

function readQuery<Q extends z.ZodType>(context: HttpContext, query: Q): Checked<z.infer<Q>> {
  const given = Object.fromEntries(new URL(context.req.url).searchParams);
  const read = query.safeParse(given);
  if (read.success) return pass(read.data);
  const [issue] = read.error.issues;
  return refuse(400, `The query is wrong: ${issue?.path.join(".")}: ${issue?.message}`);
}
