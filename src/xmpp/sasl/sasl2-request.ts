/** XEP-0388 §2.4: what an `<authenticate/>` asks for beside the login itself. */
import type { EnableWish, ResumeWish } from "../stream/management-wish.ts";
import type { Element } from "../xml/element.ts";

/** The program that connects, as it describes itself. Shown to its user alone. */
export interface UserAgent {
  /** One installation, stable: a UUID v4 in lower case. Undefined: it gives none that is one. */
  readonly id: string | undefined;
  /** Texts for people, cleaned and short; "" when absent. */
  readonly software: string;
  readonly device: string;
}

/** XEP-0386 §3.2 */
export interface BindWish {
  /** As sent: the first part of the resource, if it can be one. */
  readonly tag: string | undefined;
  /** XEP-0198 §9.1 */
  readonly enable: EnableWish | undefined;
  /** What else is to be on from the first moment: elements of other namespaces. */
  readonly inline: readonly Element[];
}

/** XEP-0484 §3.4 */
export interface TokenUse {
  /** Higher at each use of a token; undefined: the client does not count. */
  readonly count: number | undefined;
  /** XEP-0484 §3.6: the token is good for this login and for no other. */
  readonly invalidate: boolean;
}

export interface Sasl2Request {
  /** Bare JID, prepared: whom the header of the stream names. Undefined: nobody that can be read. */
  readonly from: string | undefined;
  readonly agent: UserAgent | undefined;
  readonly bind: BindWish | undefined;
  /** XEP-0198 §9.2; null: it cannot be read. */
  readonly resume: ResumeWish | null | undefined;
  /** The mechanism is given a token. */
  readonly token: TokenUse | undefined;
  /** A token is wanted for this mechanism. */
  readonly tokenFor: string | undefined;
}
