/** RFC 6120 §7 and XEP-0386: resource binding, and what a client may say around it. */
import { NS_STANZAS, STANZA_ERRORS, type StanzaCondition } from "../stanza/error.ts";
import { NS_CLIENT } from "../stanza/stanza.ts";
import { childOf, textOf } from "../xml/element.ts";
import type { StreamElement } from "../xml/stream-element.ts";
import { escapeAttr, escapeText } from "../xml/write.ts";
import { fail, stay } from "./end.ts";
import { featuresAfterLogin } from "./features.ts";
import { onManagement, onManagementBefore } from "./management.ts";
import { enabledText } from "./management-text.ts";
import { NS_BIND, NS_BIND2, NS_SM } from "./namespaces.ts";
import { answerTo } from "./sasl2.ts";
import type { BindAnswer, BindAsker, Login, StreamEffect, StreamSettings, StreamState, StreamStep } from "./state.ts";

/** RFC 6120 §8: one of the three kinds, in the namespace of the stream. */
export function isStanza(element: StreamElement): boolean {
  return element.ns === NS_CLIENT && isStanzaName(element.name);
}

function isStanzaName(name: string): boolean {
  return name === "message" || name === "presence" || name === "iq";
}

const HANDLED: StreamEffect = { kind: "handled" };
const DELIVER: readonly StreamEffect[] = [{ kind: "deliver" }];

/** Logged in, without a resource. */
export function onBindingElement(
  state: Extract<StreamState, { readonly phase: "binding" }>,
  element: StreamElement,
  settings: StreamSettings,
): StreamStep {
  if (element.ns === NS_SM) return onManagementBefore(state, element);
  if (!isStanza(element)) return onForeign(state, element, settings);
  if (element.name !== "iq" || !isForServer(element, state.login.domain)) {
    // RFC 6120 §7.1
    return fail(state, settings, "not-authorized", "Bind a resource before stanzas are sent.", "");
  }
  const id = element.attrs["id"] ?? "";
  const { type } = element.attrs;
  if (type === "set" && asksFor(element, "bind", NS_BIND)) {
    const bind = childOf(element.element(), "bind", NS_BIND);
    const wish = bind === undefined ? undefined : childOf(bind, "resource", NS_BIND);
    const resource = wish === undefined ? "" : textOf(wish);
    return {
      state: { phase: "bind-asked", login: state.login, asker: { kind: "iq", id } },
      effects: [
        { kind: "bind", login: state.login, resource: resource === "" ? undefined : resource, device: undefined },
      ],
    };
  }
  if (type !== "get" && type !== "set") return stay(state);
  return { state, effects: [iqError(id, "not-authorized", "Bind a resource first.")] };
}

export function onBindResult(
  state: Extract<StreamState, { readonly phase: "bind-asked" }>,
  answer: BindAnswer,
  settings: StreamSettings,
): StreamStep {
  const { login, asker } = state;
  const next: StreamState = answer.ok
    ? { phase: "bound", jid: answer.jid, domain: login.domain, isManaged: answer.enabled !== undefined }
    : { phase: "binding", login }; // RFC 6120 §7.6.2, §7.7.2: after a refusal the client may ask again.
  const effects = asker.kind === "iq" ? [bindReply(asker.id, answer)] : loginReply(login, asker, answer, settings);
  return { state: next, effects };
}

function bindReply(id: string, answer: BindAnswer): StreamEffect {
  if (!answer.ok) return iqError(id, answer.condition, answer.text);
  const bind = `<bind xmlns="${NS_BIND}"><jid>${escapeText(answer.jid)}</jid></bind>`;
  return { kind: "send-stanza", name: "iq", tail: ` type="result" id="${escapeAttr(id)}">${bind}</iq>` };
}

/**
 * XEP-0386 §3.2. The login was right even where no resource can be had: the document says nothing of that, so it is told
 * as Prosody does, and binding by RFC 6120 is offered.
 */
function loginReply(
  { username, domain }: Login,
  { success, failed }: Extract<BindAsker, { readonly kind: "login" }>,
  answer: BindAnswer,
  settings: StreamSettings,
): readonly StreamEffect[] {
  if (answer.ok) {
    const { jid, enabled, inline = "" } = answer;
    const bound = boundElement(inline + (enabled === undefined ? "" : enabledText(enabled)));
    const features = featuresAfterLogin(settings, domain, true, enabled !== undefined);
    return answerTo(success, jid, failed + bound, features, settings);
  }
  const unbound = `<failed xmlns="${NS_BIND2}">${errorText(answer.condition, answer.text)}</failed>`;
  const features = featuresAfterLogin(settings, domain, false, false);
  return answerTo(success, `${username}@${domain}`, failed + unbound, features, settings);
}

function boundElement(inline: string): string {
  return inline === "" ? `<bound xmlns="${NS_BIND2}"/>` : `<bound xmlns="${NS_BIND2}">${inline}</bound>`;
}

/** The life of a stream: stanzas go to the session. */
export function onBoundElement(
  state: Extract<StreamState, { readonly phase: "bound" }>,
  element: StreamElement,
  settings: StreamSettings,
): StreamStep {
  if (!isStanza(element)) {
    return element.ns === NS_SM ? onManagement(state, element, settings) : onForeign(state, element, settings);
  }
  if (element.name === "iq" && asksFor(element, "bind", NS_BIND) && isForServer(element, state.domain)) {
    if (element.attrs["type"] === "set") return { state, effects: [boundAlready(element), HANDLED] };
  }
  return { state, effects: DELIVER };
}

/** RFC 6120 §7.1: one stream has one resource. */
function boundAlready(element: StreamElement): StreamEffect {
  return iqError(element.attrs["id"] ?? "", "not-allowed", "A resource is bound already; one stream has one.");
}

/** RFC 6120 §4.9.3.24; a stanza's name in another namespace is §4.9.3.10. */
function onForeign(state: StreamState, element: StreamElement, settings: StreamSettings): StreamStep {
  if (isStanzaName(element.name)) {
    return fail(state, settings, "invalid-namespace", "Stanzas belong to the namespace jabber:client.", "");
  }
  return fail(state, settings, "unsupported-stanza-type", "Only message, presence and iq are understood here.", "");
}

export function isForServer(element: StreamElement, domain: string): boolean {
  const { to } = element.attrs;
  return to === undefined || to === domain;
}

export function asksFor(element: StreamElement, name: string, ns: string): boolean {
  const child = element.children[0];
  return child !== undefined && child.name === name && child.ns === ns;
}

export function iqError(id: string, condition: StanzaCondition, text: string): StreamEffect {
  const tail = ` type="error" id="${escapeAttr(id)}">${errorText(condition, text)}</iq>`;
  return { kind: "send-stanza", name: "iq", tail };
}

function errorText(condition: StanzaCondition, text: string): string {
  const said = `<text xmlns="${NS_STANZAS}" xml:lang="en">${escapeText(text)}</text>`;
  return `<error type="${STANZA_ERRORS[condition]}"><${condition} xmlns="${NS_STANZAS}"/>${said}</error>`;
}
