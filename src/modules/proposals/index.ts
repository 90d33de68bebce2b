/**
 * Contract §3: with `proposals.url`, changes that a client makes to its contacts (RFC 6121 §2.3 to §2.5, §3) are proposed
 * to the application, whose decision is the answer. Nothing changes before it.
 */
import type { ContactList } from "../../contacts/list.ts";
import type { Outcome, Proposals, Way, Wish } from "../../contacts/proposals.ts";
import { type SubscriptionType, wishesOfSet, wishOfPresence } from "../../contacts/wish.ts";
import { fromClient } from "../../sessions/events.ts";
import type { Iq } from "../../sessions/iq.ts";
import { type IqReply, TAKEN } from "../../sessions/iq-table.ts";
import { defineModule, type ModuleHost } from "../../sessions/module.ts";
import { refuse } from "../../sessions/reply.ts";
import { type Session, whenReady } from "../../sessions/session.ts";
import { StanzaError } from "../../xmpp/stanza/error.ts";
import type { Stanza } from "../../xmpp/stanza/stanza.ts";
import { NS_ROSTER } from "../roster/wire.ts";
import { follow } from "./effects.ts";
import { contactOf, messageOf, readSet, subscriptionType } from "./wire.ts";

export const proposals = defineModule({
  name: "proposals",
  xeps: [],
  setup(host) {
    // In the same turn as presence: of what is sent at once, the first is what is asked.
    host.iq("set", NS_ROSTER, "query", (iq) => whenListed(host, iq.session, () => proposeSet(host, iq)), ["account"]);

    host.on(fromClient, "deliver", ({ session, stanza }) => {
      const type = subscriptionType(stanza);
      const { proposals: asked } = session.user.domain;
      if (type === undefined || asked === undefined) return false;
      const isWaiting = whenReady(session, host.pendingLimit, () => {
        void proposePresence(host, asked, session, stanza, type);
      });
      if (!isWaiting) refuse(session, stanza, new StanzaError("resource-constraint"));
      return true;
    });
  },
});

const NO_LIST = new StanzaError("remote-server-timeout", "The application does not answer: please try again later.");
const SERVER = new StanzaError("not-allowed", "This address cannot be a contact.");
const SELF = new StanzaError("not-allowed", "Nobody is a contact of themselves.");

async function proposeSet(host: ModuleHost, iq: Iq): Promise<IqReply> {
  const { session } = iq;
  const { user } = session;
  const { proposals: asked } = user.domain;
  if (asked === undefined) throw new StanzaError("not-allowed");
  const item = readSet(iq.payload());
  if (item.jid === user.jid) throw SELF;
  if (host.domain(item.jid) !== undefined) throw SERVER;
  const wishes = wishesOfSet(listOf(session), item);
  if (wishes === undefined) return removedBefore(asked, iq, item.jid);
  const done: Done[] = [];
  try {
    for (const wish of wishes) {
      const outcome = await ask(asked, user.username, wish, "roster-set", done);
      const error = errorOf(outcome);
      if (error !== undefined) throw error;
    }
    iq.send("");
    return TAKEN;
  } finally {
    // In a later turn: whoever asked has the answer first.
    host.schedule(0, () => followAll(host, session, done));
  }
}

/** Nothing is there to be removed, unless it was asked by presence just now and is gone already. */
async function removedBefore(asked: Proposals, iq: Iq, contact: string): Promise<IqReply> {
  const said = asked.said(iq.session.user.username, "remove", contact);
  if (said === undefined) throw new StanzaError("item-not-found"); // RFC 6121 §2.5.3
  const error = errorOf(await said);
  if (error !== undefined) throw error;
  return "";
}

async function proposePresence(
  host: ModuleHost,
  asked: Proposals,
  session: Session,
  stanza: Stanza,
  type: SubscriptionType,
): Promise<void> {
  const done: Done[] = [];
  try {
    const error = await presenceError(host, asked, session, stanza, type, done);
    if (error !== undefined) refuse(session, stanza, error);
  } catch (error) {
    host.log.error("a proposal could not be handled", { jid: session.jid, error });
    refuse(session, stanza, new StanzaError("internal-server-error"));
  }
  followAll(host, session, done);
}

async function presenceError(
  host: ModuleHost,
  asked: Proposals,
  session: Session,
  stanza: Stanza,
  type: SubscriptionType,
  done: Done[],
): Promise<StanzaError | undefined> {
  const { user } = session;
  const contact = contactOf(stanza.attrs["to"]);
  if (contact === undefined || host.domain(contact) !== undefined) return SERVER;
  if (contact === user.jid) return SELF;
  if (user.list === null) return NO_LIST;
  const wish = wishOfPresence(user.list, type, contact, messageOf(stanza));
  if (wish === undefined) return undefined;
  const way = type === "unsubscribed" ? "second presence" : "presence";
  // Clients end a friendship by a roster set and two presences: the later ones find no contact any more.
  const said = wish.type === "decline" ? asked.said(user.username, "remove", contact) : undefined;
  return errorOf(await (said ?? ask(asked, user.username, wish, way, done)));
}

interface Done {
  readonly wish: Wish;
  readonly outcome: Outcome;
}

async function ask(asked: Proposals, username: string, wish: Wish, way: Way, done: Done[]): Promise<Outcome> {
  const { outcome, isNew } = asked.propose(username, wish, way);
  const decided = await outcome;
  if (isNew) done.push({ wish, outcome: decided });
  return decided;
}

function followAll(host: ModuleHost, { user }: Session, done: readonly Done[]): void {
  for (const { wish, outcome } of done) {
    follow(host, user, wish, outcome).catch((error: unknown) => {
      host.log.error("a decided proposal could not be followed", { user: user.jid, error });
    });
  }
}

function whenListed(host: ModuleHost, session: Session, action: () => Promise<IqReply>): Promise<IqReply> {
  if (session.ready) return action();
  return new Promise((resolve, reject) => {
    if (!whenReady(session, host.pendingLimit, () => resolve(action()))) reject(new StanzaError("resource-constraint"));
  });
}

function listOf({ user }: Session): ContactList {
  if (user.list === null) throw NO_LIST;
  return user.list;
}

function errorOf(outcome: Outcome): StanzaError | undefined {
  switch (outcome.kind) {
    case "accept":
    case "later":
      return undefined;
    case "deny":
      return new StanzaError("not-allowed", outcome.reason ?? "The application does not allow this.");
    case "failed":
      return NO_LIST;
    case "busy":
      return new StanzaError("resource-constraint", "Too many requests at once: please try again in a minute.");
  }
}
