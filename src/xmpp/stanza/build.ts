/** Stanzas as text, for `Connection.send(name, tail)`: RFC 6120 §8. */
import { escapeAttr, serialise } from "../xml/write.ts";
import type { StanzaError } from "./error.ts";
import { NS_CLIENT, type Stanza, type StanzaName } from "./stanza.ts";

/** Attributes of a stanza: RFC 6120 §8.1. Those that are undefined are left out. */
export interface StanzaAttrs {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly id?: string | undefined;
  readonly type?: string | undefined;
  readonly "xml:lang"?: string | undefined;
}

/** What follows `<name` in a stanza: attributes, `inner` (XML whose default namespace is jabber:client), end tag. */
export function tail(name: StanzaName, attrs: StanzaAttrs, inner = ""): string {
  return attributesOf(attrs) + (inner === "" ? "/>" : `>${inner}</${name}>`);
}

/** The attributes, each with its leading space. */
export function attributesOf(attrs: StanzaAttrs): string {
  let out = "";
  if (attrs.from !== undefined) out += ` from='${escapeAttr(attrs.from)}'`;
  if (attrs.to !== undefined) out += ` to='${escapeAttr(attrs.to)}'`;
  if (attrs.id !== undefined) out += ` id='${escapeAttr(attrs.id)}'`;
  if (attrs.type !== undefined) out += ` type='${escapeAttr(attrs.type)}'`;
  const lang = attrs["xml:lang"];
  if (lang !== undefined) out += ` xml:lang='${escapeAttr(lang)}'`;
  return out;
}

/** RFC 6120 §8.2.3: the result of a request. `from`: who answers; left out, the addressee of the request does. */
export function iqResultTail(request: Stanza, inner = "", from: string | undefined = request.attrs["to"]): string {
  const { id, from: to } = request.attrs;
  return tail("iq", { from, to, id, type: "result" }, inner);
}

/**
 * RFC 6120 §8.3.1: a stanza of the same kind and id goes back with the addresses swapped; what was sent is not echoed.
 * `from`: who answers; left out, the addressee of the stanza does.
 */
export function errorTail(stanza: Stanza, error: StanzaError, from: string | undefined = stanza.attrs["to"]): string {
  const { id, from: to } = stanza.attrs;
  return tail(stanza.name, { from, to, id, type: "error" }, serialise(error.toElement(), NS_CLIENT));
}

/** RFC 6120 §8.3.1: an error is never answered with an error, and a result is not answered at all. */
export function mayAnswerWithError(stanza: Stanza): boolean {
  const type = stanza.attrs["type"];
  return type !== "error" && !(stanza.name === "iq" && type === "result");
}
