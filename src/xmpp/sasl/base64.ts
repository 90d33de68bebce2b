/** RFC 4648 §4 base64 as SASL in XMPP uses it: one text for each octet string, nothing else is read. */

const NOTHING = new Uint8Array(0);

export function encodeBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
}

/** Undefined: white space, a foreign letter, missing or superfluous padding, or bits set behind the last octet. */
export function decodeBase64(text: string): Uint8Array | undefined {
  if (text.length % 4 !== 0) return undefined;
  const bytes = Buffer.from(text, "base64");
  return bytes.toString("base64") === text ? bytes : undefined;
}

/**
 * The content of `<auth/>`, `<response/>`, `<challenge/>` and `<success/>`: `=` stands for data of no octets (RFC 6120
 * §6.4.2). Undefined: answer `incorrect-encoding` (RFC 6120 §6.5.5). An empty `<auth/>` has no initial response at all: its
 * content is not given to this function.
 */
export function decodeSaslData(text: string): Uint8Array | undefined {
  return text === "=" || text === "" ? NOTHING : decodeBase64(text);
}

/** RFC 6120 §6.4.2. */
export function encodeSaslData(data: Uint8Array): string {
  return data.length === 0 ? "=" : encodeBase64(data);
}
