/** "My apps and devices": what somebody let in to the account, and how to end it. */
import { scopeFacts } from "../../login/oauth/scopes.ts";
import { qrCode } from "../qr-code.ts";
import { askWho, showLogin, tryPassword } from "./ask-who.ts";
import type { Belonging, BelongingKind, Belongings } from "./belongings.ts";
import type { Login } from "./browser.ts";
import { type FormLimits, readForm } from "./form.ts";
import { accountPage } from "./pages/account.ts";
import { deviceLinkPage } from "./pages/device-link.ts";
import { errorPage } from "./pages/error.ts";
import { newPasswordPage } from "./pages/new-password.ts";
import type { AppFacts, SessionFacts } from "./pages/props.ts";
import { ACCOUNT_PATH } from "./paths.ts";
import { foreignForm } from "./refusals.ts";
import { consentScopes } from "./scopes.ts";
import { formToken, isOwnForm, loginOf, page, seeOther, type Visit } from "./visit.ts";

const ASKING = { to: ACCOUNT_PATH, client: undefined, hint: undefined, formAction: [] } as const;

export async function getAccount(visit: Visit): Promise<Response> {
  const login = await loginOf(visit);
  return login === undefined ? askWho(visit, ASKING) : showAccount(visit, login);
}

export async function postAccount(visit: Visit, limits: FormLimits): Promise<Response> {
  const form = await readForm(visit.context, limits);
  if (!form.ok) return form.response;
  if (!isOwnForm(visit, ACCOUNT_PATH, form.value)) return foreignForm(visit);
  const login = await loginOf(visit);
  if (login === undefined) return logIn(visit, form.value);
  return act(visit, login, form.value);
}

async function logIn(visit: Visit, form: URLSearchParams): Promise<Response> {
  // Somebody whose time ran out pressed another button: they log in first.
  if (!form.has("password")) return askWho(visit, ASKING);
  const judged = await tryPassword(visit, form);
  if (!judged.ok) return showLogin(visit, { ...ASKING, hint: form.get("username") ?? undefined }, judged);
  const login = { username: judged.username, since: visit.domain.clock.now() };
  return seeOther(visit, ACCOUNT_PATH, visit.browsers.begin(login));
}

/** Somebody else may come: the application does not bring the same person in again unasked. */
function logOut(visit: Visit): Promise<Response> | Response {
  const nobody = visit.browsers.begin();
  if (visit.domain.handoff === undefined) return seeOther(visit, ACCOUNT_PATH, nobody);
  return askWho({ ...visit, browser: nobody, isNew: true }, { ...ASKING, again: true });
}

const ENDED: Readonly<Record<BelongingKind, string>> = {
  app: "The app has no access any more.",
  "app-password": "The app password works no longer.",
  device: "The device has to log in again.",
  session: "The session was ended.",
};

async function act(visit: Visit, login: Login, form: URLSearchParams): Promise<Response> {
  const { belongings } = visit.domain;
  const kind = form.get("kind") ?? "";
  switch (kind) {
    case "app":
    case "app-password":
    case "device":
    case "session": {
      const wasThere = belongings.end(login.username, kind, form.get("id") ?? "");
      return showAccount(visit, login, wasThere ? ENDED[kind] : "It was ended already.");
    }
    case "everything":
      belongings.endAll(login.username);
      return showAccount(visit, login, "Everything was ended: all apps and devices have to log in again.");
    case "log-out":
      return logOut(visit);
    case "add-app-password":
      return addPassword(visit, login, form.get("name") ?? "");
    case "add-device":
      return addDevice(visit, login, form.get("name") ?? "");
    default: {
      const detail = "This button is not known here. Load the page again.";
      const html = errorPage({
        domain: visit.domain.name,
        status: 400,
        title: "This did not work",
        detail,
        code: undefined,
      });
      return page(visit, html, { status: 400 });
    }
  }
}

async function addPassword(visit: Visit, login: Login, name: string): Promise<Response> {
  const { domain } = visit;
  const added = await domain.belongings.addPassword?.(login.username, name);
  if (added?.ok !== true) return showAccount(visit, login, added?.reason ?? "No app passwords are made here.", 400);
  const user = `${login.username}@${domain.name}`;
  return page(
    visit,
    newPasswordPage({ domain: domain.name, user, name, password: added.password, back: ACCOUNT_PATH }),
  );
}

async function addDevice(visit: Visit, login: Login, name: string): Promise<Response> {
  const { domain } = visit;
  const added = domain.belongings.addLink?.(login.username, name);
  if (added?.ok !== true) return showAccount(visit, login, added?.reason ?? "No links are made here.", 400);
  const { uri, expires } = added;
  const user = `${login.username}@${domain.name}`;
  const link = { domain: domain.name, user, name, uri, qr: qrCode(uri), expires, back: ACCOUNT_PATH };
  return page(visit, deviceLinkPage({ ...link, now: domain.clock.now() }));
}

async function showAccount(visit: Visit, { username }: Login, notice?: string, status = 200): Promise<Response> {
  const { domain } = visit;
  const { belongings } = domain;
  const appPasswords = belongings.appPasswords(username);
  const devices = belongings.devices(username);
  const apps = appsOf(belongings, username);
  const html = accountPage({
    domain: domain.name,
    user: `${username}@${domain.name}`,
    csrf: formToken(visit, ACCOUNT_PATH),
    action: ACCOUNT_PATH,
    notice,
    apps,
    appPasswords,
    devices,
    sessions: sessionsOf(belongings, username, { app: apps, "app-password": appPasswords, device: devices }),
    mayAddPassword: belongings.addPassword !== undefined,
    mayAddDevice: belongings.addLink !== undefined,
    now: domain.clock.now(),
  });
  return page(visit, html, { status });
}

function appsOf(belongings: Belongings, username: string): readonly AppFacts[] {
  return belongings.grants(username).map(({ id, clientName, clientUri, target, scope, created, lastUsed }) => ({
    id,
    name: clientName,
    uri: clientUri,
    target,
    scopes: consentScopes(scope).map(({ name }) => scopeFacts(name)?.title ?? name),
    created,
    lastUsed: lastUsed > created ? lastUsed : undefined,
  }));
}

type Named = Readonly<Record<Exclude<BelongingKind, "session">, readonly Pick<Belonging, "id" | "name">[]>>;

function sessionsOf(belongings: Belongings, username: string, named: Named): readonly SessionFacts[] {
  const names = new Map<string, string>();
  for (const kind of ["app", "app-password", "device"] as const) {
    for (const { id, name } of named[kind]) names.set(belongings.credentialOf(kind, id), name);
  }
  return belongings.sessions(username).map(({ resource, since, transport, credential }) => ({
    id: resource,
    resource,
    name: credential === undefined ? undefined : names.get(credential),
    since,
    transport,
    current: false,
  }));
}
