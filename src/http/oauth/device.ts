/** RFC 8628: the pages on which people enter the code that a device without a browser shows. */
import type { Configuration, KoaContextWithOIDC } from "oidc-provider";
import { clientFacts, targetOf } from "./client-facts.ts";
import type { OAuthDomain } from "./domain.ts";
import { sendPage } from "./node-page.ts";
import { deviceCodePage } from "./pages/device-code.ts";
import { deviceConfirmPage } from "./pages/device-confirm.ts";
import { donePage } from "./pages/done.ts";
import { errorPage } from "./pages/error.ts";
import { ROUTES } from "./paths.ts";
import { consentScopes } from "./scopes.ts";
import { handoffOf } from "./visit.ts";

type DeviceFlow = NonNullable<NonNullable<Configuration["features"]>["deviceFlow"]>;

const LOST = "The page was open for too long, or cookies are not allowed. Enter the code once more.";
const PROBLEMS: Readonly<Record<string, string>> = {
  NoCodeError: "Enter the code that your device shows.",
  NotFoundError: "There is no such code. Look at your device once more.",
  ExpiredError: "This code has expired. Let your device show a new one.",
  AlreadyUsedError: "This code was used already. Let your device show a new one.",
  InvalidRequest: LOST,
  AbortedError: "Nothing was allowed. You can close this page.",
};

export function deviceFlow(domain: OAuthDomain): DeviceFlow {
  const { name } = domain;
  return {
    enabled: true,
    mask: "****-****",
    charset: "base-20",
    deviceInfo: () => ({}),
    userCodeInputSource: async (context, _form, out, error) => {
      if (error !== undefined && !hasSession(context)) return sendLost(context, name);
      const problem = error && (PROBLEMS[error.name] ?? out?.error_description ?? "This did not work.");
      const page = deviceCodePage({
        domain: name,
        action: ROUTES.code_verification,
        csrf: csrfOf(context),
        userCode: askedCode(context),
        problem,
      });
      sendPage(context, page, { status: error === undefined ? 200 : 400, formAction: handoffOf(domain) });
    },
    userCodeConfirmSource: async (context, _form, client, _info, userCode) => {
      const code = context.oidc.entities.DeviceCode;
      const page = deviceConfirmPage({
        domain: name,
        client: { ...clientFacts(domain.clientOf(client.clientId)), target: targetOf(undefined) },
        user: undefined,
        userCode,
        action: ROUTES.code_verification,
        csrf: csrfOf(context),
        scopes: consentScopes(scopeOf(code?.params)),
      });
      sendPage(context, page, { formAction: handoffOf(domain) });
    },
    successSource: async (context) => {
      const text = "You can close this page. The device goes on by itself within a few seconds.";
      sendPage(context, donePage({ domain: name, title: "Your device is logged in", text }));
    },
  };
}

/** The engine knows this browser: a form that is shown again can be posted. */
function hasSession({ oidc: { session } }: KoaContextWithOIDC): boolean {
  if (session === undefined || typeof Reflect.get(session, "exp") === "number") return session !== undefined;
  Reflect.set(session, "touched", false); // else the engine would try to store what it never began
  return false;
}

function sendLost(context: KoaContextWithOIDC, domain: string): void {
  const page = errorPage({ domain, status: 400, title: "This page is over", detail: LOST, code: undefined });
  sendPage(context, page, { status: 400 });
}

function scopeOf(params: unknown): string {
  const scope = typeof params === "object" && params !== null ? Reflect.get(params, "scope") : undefined;
  return typeof scope === "string" ? scope : "";
}

/** The engine keeps it with its own session. */
function csrfOf(context: KoaContextWithOIDC): string {
  const state: unknown = context.oidc.session?.state;
  const secret = typeof state === "object" && state !== null ? Reflect.get(state, "secret") : undefined;
  return typeof secret === "string" ? secret : "";
}

/** RFC 8628 §3.3.1: the address with the code in it. routes.ts keeps it from the engine, which would post by script. */
export const ASKED_CODE = Symbol("user_code");

function askedCode({ req }: KoaContextWithOIDC): string {
  const code: unknown = Reflect.get(req, ASKED_CODE);
  return typeof code === "string" ? code : "";
}
