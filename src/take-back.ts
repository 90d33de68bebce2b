/** What let somebody in is taken back: an app password, what a program was allowed. Nothing of it may be left. */
import { appPasswordOf } from "./login/app-password.ts";
import { credentialOf } from "./login/devices.ts";
import { grantOf } from "./login/oauth/check.ts";
import type { SessionHost } from "./sessions/host.ts";
import type { Storage } from "./storage/storage.ts";

export interface TakenBack {
  readonly domain: string;
  readonly username: string;
  /** As in `SaslOutcome`. */
  readonly credential: string;
  /** Told to the client. */
  readonly text: string;
}

/** Ends the sessions that it let in, and what devices got by it to come back with (XEP-0484). */
export function takeBack(
  { storage, sessions }: { readonly storage: Storage; readonly sessions: SessionHost },
  { domain, username, credential, text }: TakenBack,
): void {
  const jid = `${username}@${domain}`;
  sessions.kick(jid, text, credential);
  for (const id of storage.devices.removeOf(domain, username, credential)) sessions.kick(jid, text, credentialOf(id));
}

/** It was not taken back. What is of a kind that ends in another way is held. */
export function isHeld(storage: Storage, domain: string, username: string, credential: string): boolean {
  const appPassword = appPasswordOf(credential);
  if (appPassword !== undefined) return storage.appPasswords.has(domain, username, appPassword);
  const grant = grantOf(credential);
  return grant === undefined || storage.oauth.grant(grant) !== undefined;
}
