/** XEP-0077 before login, with the token of XEP-0445: a client that came by a link makes itself a password. */
import type { StanzaCondition } from "../stanza/error.ts";
import { NS_CLIENT } from "../stanza/stanza.ts";
import { childOf, type Element, textOf } from "../xml/element.ts";
import type { StreamElement } from "../xml/stream-element.ts";
import { escapeAttr, escapeText } from "../xml/write.ts";
import { asksFor, iqError, isForServer } from "./binding.ts";
import { fail } from "./end.ts";
import { NS_PREAUTH, NS_REGISTER } from "./namespaces.ts";
import type { StreamEffect, StreamSettings, StreamState, StreamStep } from "./state.ts";

/** What a client asks before it is logged in. */
export type RegisterRequest =
  | { readonly kind: "preauth"; readonly token: string }
  | { readonly kind: "form" }
  /** Both as sent. */
  | { readonly kind: "register"; readonly username: string; readonly password: string };

export type RegisterAnswer =
  | { readonly kind: "done" }
  /** What has to be filled in: a password for this localpart. */
  | { readonly kind: "form"; readonly username: string; readonly instructions: string }
  | {
      readonly kind: "refused";
      readonly condition: StanzaCondition;
      readonly text: string;
      /** It counts like a login that failed. */
      readonly isGuess: boolean;
    };

/** One connection's: it remembers what the client came with. Never throws or rejects. */
export interface Registration {
  ask(request: RegisterRequest): RegisterAnswer | Promise<RegisterAnswer>;
}

/** One domain's. */
export interface Registrar {
  /** Somebody may come with a link. */
  isOffered(): boolean;
  /** `address` of the peer, after trusted proxies. */
  start(address: string): Registration;
}

type Negotiating = Extract<StreamState, { readonly phase: "negotiating" }>;

/** It is for this file. Whoever may not log in yet may not register either: XEP-0077 §8. */
export function isRegister(element: StreamElement, settings: StreamSettings, domain: string): boolean {
  if (element.name !== "iq" || element.ns !== NS_CLIENT || !isForServer(element, domain)) return false;
  const { type } = element.attrs;
  if (type !== "get" && type !== "set") return false;
  if (!asksFor(element, "query", NS_REGISTER) && !asksFor(element, "preauth", NS_PREAUTH)) return false;
  return settings.maySasl() && settings.mayRegister(domain);
}

export function onRegister(state: Negotiating, element: StreamElement): StreamStep {
  const { offer, tries } = state;
  const id = element.attrs["id"] ?? "";
  const request = readRequest(element.element());
  if (request === undefined)
    return { state, effects: [iqError(id, "bad-request", "Username and password are asked for.")] };
  return {
    state: { phase: "registering", tries, offer, id },
    effects: [{ kind: "register", domain: offer.domain, request }],
  };
}

function readRequest(iq: Element): RegisterRequest | undefined {
  const isSet = iq.attrs["type"] === "set";
  const preauth = childOf(iq, "preauth", NS_PREAUTH);
  if (preauth !== undefined) {
    const { token } = preauth.attrs;
    return isSet && token !== undefined ? { kind: "preauth", token } : undefined; // XEP-0445 §4
  }
  if (!isSet) return { kind: "form" };
  const query = childOf(iq, "query", NS_REGISTER);
  const username = query && childOf(query, "username", NS_REGISTER);
  const password = query && childOf(query, "password", NS_REGISTER);
  if (username === undefined || password === undefined) return undefined;
  return { kind: "register", username: textOf(username), password: textOf(password) };
}

export function onRegisterAnswer(
  { tries, offer, id }: Extract<StreamState, { readonly phase: "registering" }>,
  answer: RegisterAnswer,
  settings: StreamSettings,
): StreamStep {
  const state: Negotiating = { phase: "negotiating", tries, offer };
  switch (answer.kind) {
    case "done":
      return { state, effects: [result(id, "")] };
    case "form": {
      const instructions = `<instructions>${escapeText(answer.instructions)}</instructions>`;
      const fields = `<username>${escapeText(answer.username)}</username><password/>`;
      return { state, effects: [result(id, `<query xmlns="${NS_REGISTER}">${instructions}${fields}</query>`)] };
    }
    case "refused": {
      const refusal = iqError(id, answer.condition, answer.text);
      if (!answer.isGuess) return { state, effects: [refusal] };
      if (tries + 1 < settings.tries) return { state: { ...state, tries: tries + 1 }, effects: [refusal] };
      const end = fail(state, settings, "policy-violation", "Too many failed tries on one stream.", "");
      return { state: end.state, effects: [refusal, ...end.effects] };
    }
  }
}

function result(id: string, inner: string): StreamEffect {
  return { kind: "send-stanza", name: "iq", tail: ` type="result" id="${escapeAttr(id)}">${inner}</iq>` };
}
