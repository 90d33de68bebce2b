/** Every page of the authorization server with what it would show on an ordinary day, by name. */
import { accountPage } from "../../src/http/oauth/pages/account.ts";
import { DEVICE_TARGET } from "../../src/http/oauth/pages/client-card.ts";
import { consentPage } from "../../src/http/oauth/pages/consent.ts";
import { deviceCodePage } from "../../src/http/oauth/pages/device-code.ts";
import { deviceConfirmPage } from "../../src/http/oauth/pages/device-confirm.ts";
import { deviceLinkPage } from "../../src/http/oauth/pages/device-link.ts";
import { donePage } from "../../src/http/oauth/pages/done.ts";
import { errorPage } from "../../src/http/oauth/pages/error.ts";
import { loginPage } from "../../src/http/oauth/pages/login.ts";
import { newPasswordPage } from "../../src/http/oauth/pages/new-password.ts";
import type { AccountProps, ClientFacts, ConsentProps, LoginProps } from "../../src/http/oauth/pages/props.ts";
import { qrCode } from "../../src/http/qr-code.ts";

export const NOW = Date.UTC(2026, 10, 29, 14, 40);
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const domain = "example.com";
const user = "juliet@example.com";
const name = "Juliet’s phone";
const back = "/oauth2/account";
const posting = { domain, csrf: "c5f1", action: "/oauth2/decide" } as const;
const scopes = [
  {
    name: "xmpp:client:normal",
    title: "Chat as you",
    detail: "Read and send messages, see your contacts and who is online.",
    required: true,
  },
  {
    name: "xmpp:account:read",
    title: "See your account",
    detail: "Which apps and devices may use it, and where you are online.",
    required: false,
  },
] as const;

export const CLIENT: ClientFacts = {
  name: "Verona Chat",
  uri: "https://verona.example/chat",
  target: "app.example.org",
  registered: NOW - 26 * DAY,
};
export const DEVICE: ClientFacts = { ...CLIENT, name: "Television", target: DEVICE_TARGET };

export const LOGIN: LoginProps = {
  ...posting,
  client: CLIENT,
  username: "",
  problem: undefined,
  cancel: true,
};

export const CONSENT: ConsentProps = { ...posting, client: CLIENT, user, scopes, problem: undefined };

export const ACCOUNT: AccountProps = {
  ...posting,
  user,
  notice: undefined,
  apps: [
    { id: "a1", ...CLIENT, scopes: ["chat as you", "see your account"], created: NOW - 20 * DAY, lastUsed: NOW - HOUR },
    { id: "a2", ...DEVICE, scopes: ["chat as you"], created: NOW - 90 * DAY, lastUsed: undefined },
  ],
  appPasswords: [{ id: "p1", name: "Gajim at work", created: NOW - 200 * DAY, lastUsed: NOW - 2 * DAY }],
  devices: [{ id: "d1", name, created: NOW - DAY, lastUsed: NOW - 5000 }],
  sessions: [
    { id: "s1", resource: "phone.x7Q2", name, since: NOW - 3 * HOUR, transport: "WebSocket", current: false },
    { id: "s2", resource: "gajim.LK8", name: undefined, since: NOW - 9 * DAY, transport: "TLS", current: true },
  ],
  mayAddPassword: true,
  mayAddDevice: true,
  now: NOW,
};

const device = { ...posting, userCode: "BCDF-GHJK" } as const;
const link = "xmpp:juliet@example.com?login;token=kd_7Jx0Vv3QmT5uYw2Zs9Lb4Nc8Rf6Gh1Pk";
const confirm = { ...device, client: DEVICE, user, scopes } as const;
const NOTHING = { apps: [], appPasswords: [], devices: [], sessions: [] } as const;

export const PAGES: Readonly<Record<string, string>> = {
  login: loginPage(LOGIN),
  "login-again": loginPage({ ...LOGIN, username: "juliet", problem: "The username or the password is wrong." }),
  "login-own": loginPage({ ...LOGIN, client: undefined, cancel: false }),
  consent: consentPage(CONSENT),
  "consent-local": consentPage({ ...CONSENT, client: { ...CLIENT, target: "this computer" } }),
  "device-code": deviceCodePage({ ...device, userCode: "", problem: undefined }),
  "device-code-again": deviceCodePage({ ...device, problem: "This code is not known, or it has ended." }),
  "device-confirm": deviceConfirmPage(confirm),
  "device-confirm-nobody": deviceConfirmPage({ ...confirm, user: undefined, scopes: [] }),
  done: donePage({ domain, title: "Your device is connected", text: "You can close this page and go on there." }),
  error: errorPage({
    domain,
    status: 400,
    title: "This app cannot log you in",
    detail: "The address that it wants to send you back to is not one that it registered.",
    code: "invalid_redirect_uri",
  }),
  account: accountPage(ACCOUNT),
  "account-empty": accountPage({ ...ACCOUNT, ...NOTHING, notice: "All apps and devices are removed." }),
  "account-fixed": accountPage({ ...ACCOUNT, mayAddPassword: false, mayAddDevice: false }),
  "new-password": newPasswordPage({ domain, user, name, password: "kfmx-2pqr-9tvw-h3cd-ab7y", back }),
  "device-link": deviceLinkPage({
    ...{ domain, user, name, back, now: NOW },
    uri: link,
    qr: qrCode(link),
    expires: NOW + 10 * 60_000,
  }),
};
