/** What people let in to their accounts, for the page "my apps and devices" and for XEP-0494: the same list, the same ends. */
import type { Credentials } from "./credentials.ts";
import type { Belongings } from "./http/oauth/belongings.ts";
import { credentialOf as appCredential } from "./login/app-password.ts";
import type { AppPasswords } from "./login/app-passwords.ts";
import { type DeviceLinks, LINK_LIFETIME } from "./login/device-links.ts";
import { grantCredential, idOfGrant } from "./login/oauth/check.ts";
import type { ClientAccess, ClientWithAccess, Revoked } from "./modules/client-access.ts";
import { deviceCredential, isOwn } from "./sessions/credential.ts";
import type { OnlineResource, SessionHost } from "./sessions/host.ts";
import type { Storage } from "./storage/storage.ts";

export interface BelongingsParts {
  readonly storage: Storage;
  readonly sessions: SessionHost;
  readonly credentials: Credentials;
  readonly appPasswords: AppPasswords;
  /** Undefined: app passwords are switched off, and nothing can be added. */
  readonly deviceLinks: DeviceLinks | undefined;
}

/** What people let in to the accounts of one domain. */
export function belongingsOf(name: string, parts: BelongingsParts): Belongings {
  const { storage, sessions, credentials, appPasswords, deviceLinks } = parts;
  return {
    grants: (username) => storage.oauth.grants(name, username),
    appPasswords: (username) => appPasswords.list(name, username),
    devices: (username) => storage.devices.list(name, username),
    sessions: (username) => sessions.online(`${username}@${name}`),
    credentialOf: (kind, id) => CREDENTIAL_OF[kind](id),
    end(username, kind, id) {
      switch (kind) {
        case "app": {
          const grant = storage.oauth.grant(id);
          return grant?.username === username && grant.domain === name && credentials.endGrant(id) !== undefined;
        }
        case "app-password":
          return appPasswords.revoke(name, username, id);
        case "device":
          return credentials.endDevice(name, username, id);
        case "session":
          return sessions.kickOne(`${username}@${name}/${id}`, "This session was ended from another one.");
      }
    },
    endAll(username) {
      deviceLinks?.revokeAll(name, username);
      credentials.endAll(name, username, "Everything was signed out.");
    },
    ...(deviceLinks === undefined ? NOTHING_TO_ADD : addingTo(name, appPasswords, deviceLinks)),
  };
}

type Adding = Pick<Belongings, "addPassword" | "addLink">;

const NOTHING_TO_ADD: Adding = { addPassword: undefined, addLink: undefined };

function addingTo(domain: string, appPasswords: AppPasswords, links: DeviceLinks): Adding {
  return {
    async addPassword(username, name) {
      const made = await appPasswords.create({ domain, username, name });
      return made.ok ? { ok: true, password: made.password } : { ok: false, reason: REASONS[made.reason] };
    },
    addLink(username, name) {
      const made = links.create({ domain, username, name, lifetime: LINK_LIFETIME.preset });
      if (!made.ok) return { ok: false, reason: REASONS[made.reason] };
      return { ok: true, uri: made.uri, expires: made.link.expires };
    },
  };
}

const CREDENTIAL_OF = {
  app: grantCredential,
  "app-password": (id: string) => appCredential({ id }),
  device: deviceCredential,
} as const;

const REASONS = {
  off: "No app passwords are made here.",
  name: "Give it a name of at most 64 characters.",
  weak: "This password is too weak.",
  many: "There are as many app passwords as there may be: remove one first.",
  full: "Too many links are open. Try again in some minutes.",
  busy: "This could not be done at this moment. Try again.",
} as const;

/** XEP-0494, by the same. `of`: the belongings of a domain. */
export function clientAccessBy(
  of: (domain: string) => Belongings | undefined,
  storage: Pick<Storage, "oauth">,
): ClientAccess {
  return {
    may({ connection }, act) {
      if (isOwn(connection)) return true;
      // A device that came back by its token may do what it might when it got that.
      const { credential = "", origin = credential } = connection;
      const scope = storage.oauth.grant(idOfGrant(origin) ?? "")?.scope.split(" ") ?? [];
      return scope.includes("xmpp:account:write") || (act === "look" && scope.includes("xmpp:account:read"));
    },
    list({ user }) {
      const belongings = of(user.domain.name);
      return belongings === undefined ? [] : clientsOf(belongings, user.username);
    },
    revoke: ({ user }, id) => revoke(of(user.domain.name), user.username, id),
  };
}

const KINDS = ["app", "app-password", "device", "session"] as const;

function revoke(belongings: Belongings | undefined, username: string, text: string): Revoked {
  const kind = KINDS.find((one) => text.startsWith(`${one}:`));
  if (kind === undefined || belongings === undefined) return "unknown";
  const id = text.slice(kind.length + 1);
  if (kind !== "session") return belongings.end(username, kind, id) ? "revoked" : "unknown";
  return belongings.sessions(username).some(({ resource }) => resource === id) ? "password" : "unknown";
}

function clientsOf(belongings: Belongings, username: string): readonly ClientWithAccess[] {
  const online = belongings.sessions(username);
  const known = new Set<string>();
  const about = (kind: "app" | "app-password" | "device", id: string) => {
    const credential = belongings.credentialOf(kind, id);
    known.add(credential);
    return {
      id: `${kind}:${id}`,
      connected: online.some((session) => session.credential === credential && !session.waiting),
    };
  };
  const nothing = { software: undefined, uri: undefined, device: undefined };
  return [
    ...belongings.grants(username).map(
      (grant): ClientWithAccess => ({
        ...nothing,
        ...about("app", grant.id),
        firstSeen: grant.created,
        lastSeen: grant.lastUsed,
        auth: ["grant"],
        permission: "normal",
        software: grant.clientName,
        uri: grant.clientUri,
      }),
    ),
    ...belongings.appPasswords(username).map(
      ({ id, name, created, lastUsed }): ClientWithAccess => ({
        ...nothing,
        ...about("app-password", id),
        firstSeen: created,
        lastSeen: lastUsed ?? created,
        auth: ["password"],
        permission: "normal",
        device: name,
      }),
    ),
    ...belongings.devices(username).map(
      ({ id, name, created, lastUsed, credential }): ClientWithAccess => ({
        ...nothing,
        ...about("device", id),
        firstSeen: created,
        lastSeen: lastUsed ?? created,
        auth: ["fast"],
        permission: credential === undefined ? "unrestricted" : "normal",
        device: name,
      }),
    ),
    ...online.filter(({ credential }) => credential === undefined || !known.has(credential)).map(bySession),
  ];
}

/** Somebody who came by what cannot be taken back by itself. */
function bySession({ resource, since, waiting }: OnlineResource): ClientWithAccess {
  return {
    id: `session:${resource}`,
    connected: !waiting,
    firstSeen: since,
    lastSeen: since,
    auth: ["password"],
    permission: "unrestricted",
    software: undefined,
    uri: undefined,
    device: resource,
  };
}
