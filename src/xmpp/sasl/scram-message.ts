/** RFC 5802 §7: the messages of a SCRAM client, read by the grammar. */

export interface ClientFirst {
  /** `n`: the client knows no channel binding; `y`: it thinks that the server does not; else the type it uses. */
  readonly binding: { readonly kind: "n" | "y" } | { readonly kind: "p"; readonly type: string };
  /** Decoded; "" when absent. */
  readonly authzid: string;
  readonly username: string;
  readonly nonce: string;
  /** The gs2 header with its last comma, as sent: the client repeats it. */
  readonly header: string;
  /** What follows the header, as sent: the first part of the AuthMessage. */
  readonly bare: string;
}

export interface ClientFinal {
  /** Base64, as sent. */
  readonly binding: string;
  readonly nonce: string;
  /** Base64, as sent. */
  readonly proof: string;
  /** The message up to the proof, as sent: the last part of the AuthMessage. */
  readonly withoutProof: string;
}

const GS2 = /^(?:(?<none>[ny])|p=(?<type>[A-Za-z0-9.-]+)),(?:a=(?<authzid>[^,\0]+))?,/;
/** `printable`: visible ASCII but the comma. */
const NONCE = /^r=(?<nonce>[\x21-\x2B\x2D-\x7E]+)$/;
/** `attr-val`. */
const EXTENSION = /^[A-Za-z]=[^\0]+$/;
const BAD_ESCAPE = /=(?!2C|3D)/;

/** Undefined: it breaks the grammar, or asks for an extension that must be understood (`m=`), which no server here does. */
export function parseClientFirst(text: string): ClientFirst | undefined {
  const gs2 = GS2.exec(text);
  if (gs2 === null) return undefined;
  const header = gs2[0];
  const bare = text.slice(header.length);
  const [name = "", nonceText = "", ...extensions] = bare.split(",");
  if (!name.startsWith("n=")) return undefined; // `m=` too: RFC 5802 §5.1
  const username = decodeName(name.slice(2));
  const nonce = NONCE.exec(nonceText)?.groups?.["nonce"];
  const authzidText = gs2.groups?.["authzid"];
  const authzid = authzidText === undefined ? "" : decodeName(authzidText);
  if (username === undefined || nonce === undefined || authzid === undefined) return undefined;
  if (!extensions.every(isExtension)) return undefined;
  const none = gs2.groups?.["none"];
  const binding: ClientFirst["binding"] =
    none === "n" || none === "y" ? { kind: none } : { kind: "p", type: gs2.groups?.["type"] ?? "" };
  return { binding, authzid, username, nonce, header, bare };
}

/** Undefined: it breaks the grammar. */
export function parseClientFinal(text: string): ClientFinal | undefined {
  const [binding = "", nonceText = "", ...rest] = text.split(",");
  const proof = rest.pop() ?? "";
  const nonce = NONCE.exec(nonceText)?.groups?.["nonce"];
  if (nonce === undefined || !binding.startsWith("c=") || !proof.startsWith("p=")) return undefined;
  if (!rest.every(isExtension)) return undefined;
  return {
    binding: binding.slice(2),
    nonce,
    proof: proof.slice(2),
    withoutProof: text.slice(0, -(proof.length + 1)),
  };
}

function isExtension(text: string): boolean {
  return EXTENSION.test(text) && !text.startsWith("m=");
}

/** `saslname`: `,` travels as `=2C` and `=` as `=3D`; any other `=` is an error. RFC 5802 §5.1 */
export function decodeName(text: string): string | undefined {
  if (text === "" || text.includes("\0") || BAD_ESCAPE.test(text)) return undefined;
  return text.replaceAll("=2C", ",").replaceAll("=3D", "=");
}
