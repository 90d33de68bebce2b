/** What lets people in and can be taken back by itself: grants, app passwords, devices. Here all ends of one come together. */
import { idOfCredential } from "./login/app-password.ts";
import { grantCredential, idOfGrant } from "./login/oauth/check.ts";
import type { Grant } from "./login/oauth/store.ts";
import { deviceCredential, idOfDevice } from "./sessions/credential.ts";
import type { SessionHost } from "./sessions/host.ts";
import type { Storage } from "./storage/storage.ts";

export interface Credentials {
  /** `SaslOutcome.credential` still lets in: it may be taken back between a login and its binding. */
  isHeld(domain: string, username: string, credential: string): boolean;
  /** Its sessions end, and the devices that came by it with theirs. The credential itself is its owner's to remove. */
  ended(domain: string, username: string, credential: string, text: string): void;
  /** Takes back what somebody allowed a program. Undefined: there was no such grant. */
  endGrant(id: string): Grant | undefined;
  /** False: there was no such device. */
  endDevice(domain: string, username: string, id: string): boolean;
  /** Everything that one person let in, and every session. */
  endAll(domain: string, username: string, text: string): void;
}

type Held = Pick<Storage, "oauth" | "appPasswords" | "devices">;

/** `sessions` are made later: they ask `isHeld`. */
export function createCredentials(held: Held, sessions: () => SessionHost): Credentials {
  const ended: Credentials["ended"] = (domain, username, credential, text) => {
    const jid = `${username}@${domain}`;
    for (const id of held.devices.removeOf(domain, username, credential)) {
      sessions().kick(jid, text, deviceCredential(id));
    }
    sessions().kick(jid, text, credential);
  };
  return {
    isHeld(domain, username, credential) {
      const app = idOfCredential(credential);
      if (app !== undefined) return held.appPasswords.has(domain, username, app);
      const grant = idOfGrant(credential);
      if (grant !== undefined) return held.oauth.grant(grant)?.username === username;
      const device = idOfDevice(credential);
      return device !== undefined && held.devices.get(domain, username, device) !== undefined;
    },
    ended,
    endGrant(id) {
      const grant = held.oauth.removeGrant(id);
      if (grant === undefined) return undefined;
      ended(grant.domain, grant.username, grantCredential(id), "What this program was allowed was taken back.");
      return grant;
    },
    endDevice(domain, username, id) {
      const wasThere = held.devices.remove(domain, username, id);
      sessions().kick(`${username}@${domain}`, "This device was signed out.", deviceCredential(id));
      return wasThere;
    },
    endAll(domain, username, text) {
      held.oauth.removeGrants(domain, username);
      for (const { id } of held.appPasswords.list(domain, username)) held.appPasswords.remove(domain, username, id);
      held.devices.removeAll(domain, username);
      sessions().kick(`${username}@${domain}`, text);
    },
  };
}
