/** "My apps and devices": all that can get into the account, and how to end it. XEP-0493 §4: grants are listed and revoked. */
import { type Html, html } from "../../html.ts";
import { addForm, keptSince, kindForm, row, section } from "./account-parts.ts";
import { clientName } from "./client-card.ts";
import { page } from "./layout.ts";
import { momentOf } from "./moments.ts";
import { plainName, plainText } from "./plain-name.ts";
import type { AccountProps, AppFacts, SessionFacts } from "./props.ts";

const TEXT = {
  title: "My apps and devices",
  user: "Everything that can get into",
  apps: "Apps",
  appsAbout: "Apps that you allowed to use your account.",
  noApps: "No app may use your account yet. Apps ask on their own when you log in with them.",
  passwords: "App passwords",
  passwordsAbout:
    "For apps that only know a username and a password, and for devices that you let in by a QR code. Each gets a password of its own.",
  noPasswords: "You have no app passwords.",
  newPassword: "Name of the app",
  addPassword: "Make an app password",
  newDevice: "Name of the device",
  addDevice: "Show a QR code",
  devices: "Devices that stay logged in",
  devicesAbout: "They come back by themselves, without asking for a password.",
  noDevices: "No device comes back by itself.",
  sessions: "Online now",
  sessionsAbout: "Where you are connected at this moment.",
  noSessions: "You are not connected anywhere.",
  current: "this one",
  nameless: "Without a name",
  since: "Connected",
  remove: "Remove",
  end: "End",
  logOut: "Log out",
  all: "End everything",
  allAbout:
    "Something is wrong, or a device was lost? This removes all apps, app passwords and devices above and ends all sessions. Your own password stays as it is.",
  allNow: "End everything now",
};

export function accountPage(props: AccountProps): string {
  const { domain, user, notice } = props;
  return page(
    { domain, title: TEXT.title, wide: true },
    html`<div class="head"><div><h1>${TEXT.title}</h1>
<p class="lead">${TEXT.user} <strong class="jid"><bdi>${user}</bdi></strong></p></div>
${kindForm(props, { kind: "log-out", label: TEXT.logOut })}</div>
${notice !== undefined && html`<p class="notice" role="status">${notice}</p>`}
${section("apps", { title: TEXT.apps, about: TEXT.appsAbout, empty: TEXT.noApps }, appRows(props))}
${section("passwords", { title: TEXT.passwords, about: TEXT.passwordsAbout, empty: TEXT.noPasswords }, passwordRows(props), addForms(props))}
${section("devices", { title: TEXT.devices, about: TEXT.devicesAbout, empty: TEXT.noDevices }, deviceRows(props))}
${section("sessions", { title: TEXT.sessions, about: TEXT.sessionsAbout, empty: TEXT.noSessions }, sessionRows(props))}
<details class="card danger"><summary>${TEXT.all}</summary>
<p>${TEXT.allAbout}</p>
${kindForm(props, { kind: "everything", label: TEXT.allNow, className: "bad" })}</details>`,
  );
}

function addForms(props: AccountProps): Html {
  return html`${props.mayAddPassword && addForm(props, { kind: "add-app-password", label: TEXT.newPassword, button: TEXT.addPassword })}
${props.mayAddDevice && addForm(props, { kind: "add-device", label: TEXT.newDevice, button: TEXT.addDevice })}`;
}

function appRows(props: AccountProps): readonly Html[] {
  return props.apps.map((app) =>
    row(
      clientName(app),
      html`${appFacts(app)}<p class="fine">${keptSince(app, props.now)}</p>`,
      kindForm(props, { kind: "app", id: app.id, label: TEXT.remove, of: clientName(app) }),
    ),
  );
}

function appFacts({ target, scopes }: AppFacts): Html {
  return html`<p class="fine"><bdi>${plainText(target)}</bdi>${scopes.map((scope) => html` · ${scope}`)}</p>`;
}

function passwordRows(props: AccountProps): readonly Html[] {
  return keptRows(props, "app-password", props.appPasswords);
}

function deviceRows(props: AccountProps): readonly Html[] {
  return keptRows(props, "device", props.devices);
}

function keptRows(
  props: AccountProps,
  kind: "app-password" | "device",
  kept: AccountProps["appPasswords"],
): readonly Html[] {
  return kept.map((one) => {
    const name = html`<bdi>${plainName(one.name, TEXT.nameless)}</bdi>`;
    const remove = kindForm(props, { kind, id: one.id, label: TEXT.remove, of: name });
    return row(name, html`<p class="fine">${keptSince(one, props.now)}</p>`, remove);
  });
}

function sessionRows(props: AccountProps): readonly Html[] {
  return props.sessions.map((session) => {
    const name = sessionName(session);
    return row(
      html`${name}${session.current && html` <span class="badge">${TEXT.current}</span>`}`,
      html`<p class="fine">${TEXT.since} ${momentOf(session.since, props.now)} · ${session.transport}</p>`,
      kindForm(props, { kind: "session", id: session.id, label: TEXT.end, of: name }),
    );
  });
}

/** The resource is what the client called itself; often a row of random letters. */
function sessionName({ name, resource }: SessionFacts): Html {
  const own = plainName(resource, TEXT.nameless);
  if (name === undefined) return html`<bdi>${own}</bdi>`;
  return html`<bdi>${plainName(name, TEXT.nameless)}</bdi> <small><bdi>${own}</bdi></small>`;
}
