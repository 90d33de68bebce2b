/** RFC 5802 and RFC 7677: SCRAM, the server's side, with channel binding by RFC 5929 and RFC 9266, and XEP-0474. */
import { prepareLocalpart } from "../jid/localpart.ts";
import { decodeBase64, encodeBase64 } from "./base64.ts";
import { offerHash } from "./downgrade.ts";
import type { ChannelBindings, SaslExchange, SaslOutcome } from "./mechanism.ts";
import { isProof, type ScramHash, type ScramKeys, serverSignature } from "./scram-keys.ts";
import { type ClientFirst, parseClientFinal, parseClientFirst } from "./scram-message.ts";
import { decodeText, isOwnIdentity } from "./text.ts";

export interface ScramOptions {
  readonly domain: string;
  readonly hash: ScramHash;
  /** The client chose the -PLUS mechanism. */
  readonly plus: boolean;
  /** What the connection has; when it has any, -PLUS was offered. */
  readonly channelBindings: ChannelBindings;
  /** The mechanisms as they were offered with the profile that the client speaks; undefined: it was shown none. */
  readonly offered?: readonly string[] | undefined;
  /** The server's part of the nonce: printable ASCII without comma, never used twice. */
  readonly nonce: string;
  /** For a prepared localpart. */
  readonly challengeOf: (username: string) => ScramChallenge;
  /** Further keys of the same salt and count, of passwords beside the user's own; asked for when a proof fits not those. */
  readonly othersOf?: (username: string, own: ScramKeys) => readonly CredentialKeys[];
  /** Gives the verdict, at once or late; `isRight` does the work of checking the proof. */
  readonly judge: (username: string, isRight: () => boolean) => Verdict | Promise<Verdict>;
}

/** What a user is challenged by. */
export interface ScramChallenge {
  /** For unknown users made-up ones that no proof fits. */
  readonly keys: ScramKeys;
  /** The same, read again with the proof: whoever waits with it does not outlast a change of the password. */
  readonly now: () => ScramKeys;
}

/** Keys of a password that can be taken back by itself. */
export interface CredentialKeys extends ScramKeys {
  readonly credential: string;
}

/** `busy`: too many tries are waiting. */
type Verdict = "right" | "wrong" | "busy";

const NOTHING = new Uint8Array(0);
const encoder = new TextEncoder();

const MALFORMED: SaslOutcome = { kind: "failure", condition: "malformed-request" };
const REFUSED: SaslOutcome = { kind: "failure", condition: "not-authorized" };

type Phase =
  | { readonly kind: "start" }
  | { readonly kind: "asked" }
  | {
      readonly kind: "challenged";
      readonly username: string;
      readonly keysOfNow: ScramChallenge["now"];
      readonly nonce: string;
      /** What `c=` has to be, base64. */
      readonly binding: string;
      /** The AuthMessage up to and with the comma before the client's final message. */
      readonly spoken: string;
    }
  | { readonly kind: "done" };

type Challenged = Extract<Phase, { kind: "challenged" }>;

export function createScram(options: ScramOptions): SaslExchange {
  let phase: Phase = { kind: "start" };
  return {
    step(data) {
      const current = phase;
      phase = { kind: "done" };
      if (data === undefined) {
        if (current.kind !== "start") return MALFORMED;
        phase = { kind: "asked" };
        return { kind: "challenge", data: NOTHING }; // RFC 6120 §6.4.2: client first, but it sent nothing yet
      }
      const text = decodeText(data);
      if (text === undefined || current.kind === "done") return MALFORMED;
      if (current.kind === "challenged") return finish(options, current, text);
      const begun = begin(options, text);
      if ("condition" in begun) return begun;
      phase = begun.phase;
      return { kind: "challenge", data: begun.data };
    },
  };
}

type Begun = { readonly phase: Challenged; readonly data: Uint8Array };

function begin(options: ScramOptions, text: string): Begun | Extract<SaslOutcome, { kind: "failure" }> {
  const first = parseClientFirst(text);
  if (first === undefined) return { kind: "failure", condition: "malformed-request" };
  const binding = bindingOf(options, first);
  if (typeof binding === "string") return { kind: "failure", condition: "not-authorized", text: binding };
  const username = prepareLocalpart(first.username);
  if (username === undefined) return { kind: "failure", condition: "not-authorized" };
  if (!isOwnIdentity(first.authzid, username, options.domain)) return { kind: "failure", condition: "invalid-authzid" };
  const { keys, now: keysOfNow } = options.challengeOf(username);
  const nonce = first.nonce + options.nonce;
  const challenge = `r=${nonce},s=${encodeBase64(keys.salt)},i=${keys.iterations}${extensionOf(options)}`;
  return {
    phase: {
      kind: "challenged",
      username,
      keysOfNow,
      nonce,
      binding: encodeBase64(Buffer.concat([encoder.encode(first.header), binding])),
      spoken: `${first.bare},${challenge},`,
    },
    data: encoder.encode(challenge),
  };
}

/** XEP-0474 §5.1: an optional attribute (RFC 5802 §5.1), which is proved with the rest of the message. */
function extensionOf({ hash, offered, channelBindings }: ScramOptions): string {
  return offered === undefined ? "" : `,h=${offerHash(hash, offered, Object.keys(channelBindings))}`;
}

/** RFC 5802 §6: the octets to bind to, or in words why it must fail. */
function bindingOf({ plus, channelBindings }: ScramOptions, { binding }: ClientFirst): Uint8Array | string {
  if (binding.kind !== "p") {
    if (plus) return "This mechanism needs channel binding.";
    // The client could bind and was told that the server cannot: somebody took -PLUS out of the list. RFC 5802 §6
    if (binding.kind === "y" && Object.keys(channelBindings).length > 0) return "Channel binding is supported here.";
    return NOTHING;
  }
  if (!plus) return "Channel binding needs the -PLUS mechanism.";
  const { type } = binding;
  const octets = type === "tls-exporter" || type === "tls-server-end-point" ? channelBindings[type] : undefined;
  return octets ?? "This type of channel binding is not available.";
}

function finish(options: ScramOptions, phase: Challenged, text: string): SaslOutcome | Promise<SaslOutcome> {
  const final = parseClientFinal(text);
  if (final === undefined) return MALFORMED;
  const proof = decodeBase64(final.proof);
  if (proof === undefined) return MALFORMED;
  if (final.nonce !== phase.nonce || final.binding !== phase.binding) return REFUSED;
  const { hash, othersOf } = options;
  const { username, keysOfNow } = phase;
  const authMessage = phase.spoken + final.withoutProof;
  const fits = ({ storedKey }: ScramKeys): boolean => isProof(hash, storedKey, authMessage, proof);
  let proven: ScramKeys | CredentialKeys | undefined;
  const verdict = options.judge(username, () => {
    const keys = keysOfNow();
    proven = fits(keys) ? keys : othersOf?.(username, keys).find(fits);
    return proven !== undefined;
  });
  const outcome = (judged: Verdict): SaslOutcome => {
    if (judged === "busy") return { kind: "failure", condition: "temporary-auth-failure" };
    if (judged === "wrong" || proven === undefined) return REFUSED;
    const signature = encodeBase64(serverSignature(hash, proven.serverKey, authMessage));
    const by = "credential" in proven ? { credential: proven.credential } : {};
    return { kind: "success", username, data: encoder.encode(`v=${signature}`), ...by };
  };
  return typeof verdict === "string" ? outcome(verdict) : verdict.then(outcome);
}
