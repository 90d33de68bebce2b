/** How the same stream looks as one document (RFC 6120 §4) and as a document per frame (RFC 7395 §3). */
import { escapeAttr, escapeText } from "../xml/write.ts";
import { NS_STREAMS, type StreamCondition } from "./error.ts";
import { NS_FRAMING, NS_STREAM } from "./namespaces.ts";
import type { Framing, StreamEffect } from "./state.ts";

const STREAM_PREFIX = ` xmlns:stream="${NS_STREAM}"`;

export interface Opening {
  readonly from: string;
  readonly to: string | undefined;
  readonly id: string;
}

/** Our own header. RFC 6120 §4.7: from, id, version and xml:lang always, `to` where the peer said who it is. */
export function openingText(framing: Framing, opening: Opening): string {
  const to = opening.to === undefined ? "" : ` to="${escapeAttr(opening.to)}"`;
  const attributes = ` from="${escapeAttr(opening.from)}"${to} id="${escapeAttr(opening.id)}" version="1.0" xml:lang="en"`;
  return framing === "frames"
    ? `<open xmlns="${NS_FRAMING}"${attributes}/>` // RFC 7395 §3.4
    : `<?xml version="1.0"?><stream:stream xmlns="jabber:client"${STREAM_PREFIX}${attributes}>`;
}

/** `<stream:features/>` with what is inside. RFC 7395 §3.3.3: a frame declares the prefix itself. */
export function featuresText(framing: Framing, inner: string): string {
  return `<stream:features${framing === "frames" ? STREAM_PREFIX : ""}>${inner}</stream:features>`;
}

/** RFC 6120 §4.9.2; §3.5 of RFC 7395 for frames. */
export function streamErrorText(
  framing: Framing,
  condition: StreamCondition,
  text: string | undefined,
  specific = "",
): string {
  const said = text === undefined ? "" : `<text xmlns="${NS_STREAMS}" xml:lang="en">${escapeText(text)}</text>`;
  const prefix = framing === "frames" ? STREAM_PREFIX : "";
  return `<stream:error${prefix}><${condition} xmlns="${NS_STREAMS}"/>${said}${specific}</stream:error>`;
}

/** The end of our side. RFC 6120 §4.4, RFC 7395 §3.6 */
export function closingText(framing: Framing): string {
  return framing === "frames" ? `<close xmlns="${NS_FRAMING}"/>` : "</stream:stream>";
}

export function send(text: string): StreamEffect {
  return { kind: "send", text };
}
