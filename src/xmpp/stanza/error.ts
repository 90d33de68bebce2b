/** RFC 6120 §8.3: stanza errors, the closed list of conditions with their usual types. */
import { type Element, element } from "../xml/element.ts";
import { NS_CLIENT, type Stanza } from "./stanza.ts";

export const NS_STANZAS = "urn:ietf:params:xml:ns:xmpp-stanzas";

/** RFC 6120 §8.3.3: each condition with the error type it has unless said otherwise. */
export const STANZA_ERRORS = {
  "bad-request": "modify",
  conflict: "cancel",
  "feature-not-implemented": "cancel",
  forbidden: "auth",
  gone: "cancel",
  "internal-server-error": "cancel",
  "item-not-found": "cancel",
  "jid-malformed": "modify",
  "not-acceptable": "modify",
  "not-allowed": "cancel",
  "not-authorized": "auth",
  "policy-violation": "modify",
  "recipient-unavailable": "wait",
  redirect: "modify",
  "registration-required": "auth",
  "remote-server-not-found": "cancel",
  "remote-server-timeout": "wait",
  "resource-constraint": "wait",
  "service-unavailable": "cancel",
  "subscription-required": "auth",
  "undefined-condition": "modify",
  "unexpected-request": "wait",
} as const;

export type StanzaCondition = keyof typeof STANZA_ERRORS;
export type StanzaErrorType = "auth" | "cancel" | "continue" | "modify" | "wait";

/** A stanza is answered with this. Handlers throw it; the router turns it into the reply. */
export class StanzaError extends Error {
  readonly condition: StanzaCondition;
  readonly type: StanzaErrorType;
  readonly text: string | undefined;
  /** RFC 6120 §8.3.4: the condition as the protocol in question names it. */
  readonly specific: Element | undefined;

  constructor(
    condition: StanzaCondition,
    text?: string,
    type: StanzaErrorType = STANZA_ERRORS[condition],
    specific?: Element,
  ) {
    super(text ?? condition);
    this.name = "StanzaError";
    this.condition = condition;
    this.type = type;
    this.text = text;
    this.specific = specific;
  }

  /** The `<error/>` element, in the namespace of the stanza. */
  toElement(): Element {
    const children = [element(this.condition, NS_STANZAS)];
    if (this.text !== undefined) children.push(element("text", NS_STANZAS, { "xml:lang": "en" }, [this.text]));
    if (this.specific !== undefined) children.push(this.specific);
    return element("error", NS_CLIENT, { type: this.type }, children);
  }
}

/** RFC 6120 §8.3.1: an error is never answered with an error, and a result is not answered at all. */
export function mayAnswerWithError(stanza: Stanza): boolean {
  const type = stanza.attrs["type"];
  return type !== "error" && !(stanza.name === "iq" && type === "result");
}
