/** Resources that follow the messages of their account: those too that they neither sent nor got (XEP-0280). */

import type { StanzaError } from "../xmpp/stanza/error.ts";
import type { Copies } from "../xmpp/stream/acks.ts";
import { hearsAccount, Session } from "./session.ts";
import { User } from "./user.ts";

/**
 * Where a message went: to one resource, to the account (each that `hearsAccount` has it), back to its sender with an
 * error, or, undefined, nowhere in silence.
 */
export type Reached = Session | User | StanzaError | undefined;

export function follow(session: Session): void {
  const { user } = session;
  if (session.ended || user.followers.includes(session)) return;
  user.followers = [...user.followers, session];
}

export function unfollow(session: Session): void {
  const { user } = session;
  if (user.followers.includes(session)) user.followers = user.followers.filter((one) => one !== session);
}

/** The account that a message reached. */
export function accountOf(reached: Reached): User | undefined {
  if (reached instanceof Session) return reached.user;
  return reached instanceof User ? reached : undefined;
}

/**
 * Shared with who is sent a copy of the message that has just reached somebody. Undefined: it went where it is not known
 * whether it arrives, and counts as arrived.
 */
export function shareCopies(reached: Session | User): Copies | undefined {
  if (reached instanceof Session) return reached.managed?.shareLast();
  return reached.sessions
    .find((session) => session.managed !== undefined && hearsAccount(session))
    ?.managed?.shareLast();
}

/** It sent the message, or got it. */
export function hasMessage(session: Session, sender: Session, reached: Reached): boolean {
  return session === sender || session === reached || (session.user === reached && hearsAccount(session));
}

/** Somebody follows the sender's account, or the one reached, and has not got the message. Makes nothing: it is asked each time. */
export function isMissed(sender: Session, reached: Reached): boolean {
  for (const follower of sender.user.followers) if (!hasMessage(follower, sender, reached)) return true;
  const account = accountOf(reached);
  if (account === undefined || account === sender.user) return false;
  for (const follower of account.followers) if (!hasMessage(follower, sender, reached)) return true;
  return false;
}
