/** What the stream and the accounts agree on about SASL (RFC 6120 §6, XEP-0388). */
import type { Sasl2Request } from "./sasl2-request.ts";

/** RFC 6120 §6.5: SASL failures that a server gives. */
export type SaslCondition =
  | "aborted"
  | "account-disabled"
  | "credentials-expired"
  | "encryption-required"
  | "incorrect-encoding"
  | "invalid-authzid"
  | "invalid-mechanism"
  | "malformed-request"
  | "mechanism-too-weak"
  | "not-authorized"
  | "temporary-auth-failure";

export type SaslOutcome =
  | { readonly kind: "challenge"; readonly data: Uint8Array }
  /** `username`: the localpart, prepared by RFC 7622. `data`: additional data with success, if the mechanism has any. */
  | {
      readonly kind: "success";
      readonly username: string;
      readonly data: Uint8Array | undefined;
      /** ms since the epoch, when the session has to end; absent: it may last. */
      readonly endsAt?: number;
      /** What let them in, where it can be taken back by itself: a grant, an app password, a device. Absent: the account's own password or a token of the application. */
      readonly credential?: string;
      /** XEP-0484: what let a device in before, that now came back by a token; taken back in the same way. */
      readonly origin?: string;
      /** XEP-0484 §3.3: a token for the next login, and its end as XEP-0082 writes it. Only where one was asked for, or is due. */
      readonly token?: { readonly secret: string; readonly expiry: string };
    }
  | { readonly kind: "failure"; readonly condition: SaslCondition; readonly text?: string };

/** Channel binding data of the connection (RFC 5929, RFC 9266), by type name. */
export type ChannelBindings = Readonly<Partial<Record<"tls-exporter" | "tls-server-end-point", Uint8Array>>>;

/** What a mechanism may know about the connection. */
export interface SaslContext {
  readonly domain: string;
  /** TLS is on, or plaintext is allowed by the configuration. */
  readonly secure: boolean;
  readonly channelBindings: ChannelBindings;
  /** Address of the peer, after trusted proxies: for limits on guessing and the audit log. */
  readonly address: string;
  /** The mechanisms as the client was shown them; absent where none were. */
  readonly offered?: readonly string[];
  /** What a client asks for that logs in by XEP-0388; absent with the profile of RFC 6120. */
  readonly sasl2?: Sasl2Request;
}

/** One exchange under way. `step` gets the decoded initial response, then each decoded response. */
export interface SaslExchange {
  step(data: Uint8Array | undefined): SaslOutcome | Promise<SaslOutcome>;
}

/** One domain's ways in. */
export interface Authenticator {
  /** Names in the order of preference, best first. */
  mechanisms(context: SaslContext): readonly string[];
  /** XEP-0484 §3.1: mechanisms that take a token, best first. */
  tokenMechanisms?(context: SaslContext): readonly string[];
  /** Undefined: the mechanism is not offered here. */
  start(mechanism: string, context: SaslContext): SaslExchange | undefined;
}
