/** What people have let in to their account, as the page "my apps and devices" shows and ends it. One domain's. */
import type { Grant } from "../../login/oauth/store.ts";
import type { OnlineResource } from "../../sessions/host.ts";

export interface Belonging {
  readonly id: string;
  readonly name: string;
  /** ms since the epoch. */
  readonly created: number;
  readonly lastUsed: number | undefined;
}

/** `app`: a grant. `session`: the id is its resource. */
export type BelongingKind = "app" | "app-password" | "device" | "session";

export type Added<T> = ({ readonly ok: true } & T) | { readonly ok: false; readonly reason: string };

export interface Belongings {
  grants(username: string): readonly Grant[];
  appPasswords(username: string): readonly Belonging[];
  /** `credential`: what let it in first, where that can be taken back by itself. */
  devices(username: string): readonly (Belonging & { readonly credential: string | undefined })[];
  sessions(username: string): readonly OnlineResource[];
  /** `SaslOutcome.credential` of what has this kind and id. */
  credentialOf(kind: Exclude<BelongingKind, "session">, id: string): string;
  /** False: there was none. Its sessions end at once. */
  end(username: string, kind: BelongingKind, id: string): boolean;
  /** Everything above. */
  endAll(username: string): void;
  /** Undefined: none can be added. */
  readonly addPassword: ((username: string, name: string) => Promise<Added<{ readonly password: string }>>) | undefined;
  /** A link that lets one device in (XEP-0401-like). Undefined: none can be made. */
  readonly addLink:
    | ((username: string, name: string) => Added<{ readonly uri: string; readonly expires: number }>)
    | undefined;
}
