/** XEP-0493 §4: what a program may be allowed. */

export interface ScopeFacts {
  readonly name: string;
  /** As people read it on the consent page. */
  readonly title: string;
  readonly detail: string;
}

export const CLIENT_NORMAL = "xmpp:client:normal";
/** COMPAT(mod_http_oauth2, 2024): its name for the same. */
export const CLIENT_ALIAS = "xmpp";

const SCOPES: readonly ScopeFacts[] = [
  {
    name: CLIENT_NORMAL,
    title: "Chat as you",
    detail: "Send and read messages, see who is online, and show you as online.",
  },
  {
    name: CLIENT_ALIAS,
    title: "Chat as you",
    detail: "Send and read messages, see who is online, and show you as online.",
  },
  { name: "xmpp:account:read", title: "See your account", detail: "Your address and what is known of your account." },
  { name: "xmpp:account:write", title: "Change your account", detail: "See and end your other programs and devices." },
  { name: "openid", title: "Know who you are", detail: "Your address, to recognise you." },
];

export const SCOPE_NAMES: readonly string[] = SCOPES.map(({ name }) => name);

export function scopeFacts(name: string): ScopeFacts | undefined {
  return SCOPES.find((scope) => scope.name === name);
}

export function hasKnownScope(scope: string): boolean {
  return scope.split(" ").some((name) => SCOPE_NAMES.includes(name));
}

/** Of a request that names none: what the client registered for (`scopeLimit`), or to chat. */
export function defaultScope(registered: string | undefined): string {
  const names = registered?.split(" ").filter((name) => name !== CLIENT_ALIAS) ?? [];
  return names.join(" ") || CLIENT_NORMAL;
}

/**
 * What a client that registered for a scope may ask for: the names that are known here, both of the one that has two.
 * Undefined: it named none of them, and is not limited.
 */
export function scopeLimit(registered: string): string | undefined {
  const names = registered.split(" ").filter((name) => SCOPE_NAMES.includes(name));
  if (mayChat(registered)) names.push(CLIENT_NORMAL, CLIENT_ALIAS);
  return names.length === 0 ? undefined : [...new Set(names)].join(" ");
}

/** The space-separated scope lets a client log in to XMPP. */
export function mayChat(scope: string): boolean {
  return scope.split(" ").some((name) => name === CLIENT_NORMAL || name === CLIENT_ALIAS);
}
