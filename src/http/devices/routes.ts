/** What lets single devices in, for the application and for operators. docs/login.md */
import type { Hono } from "hono";
import type { Gate } from "../auth.ts";
import { answerCall, type Call, type Calls } from "../call.ts";
import type { HttpContext, HttpEnv } from "../context.ts";
import { Idempotency } from "../idempotency.ts";
import type { HttpOptions } from "../options.ts";
import type { TrustedProxies } from "../proxy.ts";
import { route } from "../route.ts";
import { secretAnswers } from "../secret-answers.ts";
import { deleteAppPassword, deleteAppPasswords, getAppPasswords, makeAppPassword } from "./app-passwords.ts";
import { deleteDeviceLink, getDeviceLinks, makeDeviceLink } from "./device-links.ts";

const GONE =
  "This call was made already, and the secret that it gave is forgotten: take back what it made, and call with a new key.";

export function deviceRoutes(app: Hono<HttpEnv>, options: HttpOptions, gate: Gate, proxies: TrustedProxies): void {
  const keptAnswers = secretAnswers(options.keptAnswers, options.clock, GONE);
  const calls: Calls = { options, gate, proxies, idempotency: new Idempotency({ ...options, keptAnswers }) };
  const making = (make: (call: Call, calls: Calls) => Response | Promise<Response>) => (context: HttpContext) => {
    const allowed = gate.byTokenAlways(context);
    if (!allowed.ok) return allowed.response;
    return answerCall(context, calls, { signed: false, limit: "maxBody" }, async (call) => make(call, calls));
  };
  route(app, "/kith/app-passwords", {
    POST: making(makeAppPassword),
    GET: (context) => getAppPasswords(context, calls),
    DELETE: (context) => deleteAppPasswords(context, calls),
  });
  route(app, "/kith/app-passwords/:id", { DELETE: (context) => deleteAppPassword(context, calls) });
  route(app, "/kith/device-links", {
    POST: making(makeDeviceLink),
    GET: (context) => getDeviceLinks(context, calls),
  });
  route(app, "/kith/device-links/:id", { DELETE: (context) => deleteDeviceLink(context, calls) });
}
