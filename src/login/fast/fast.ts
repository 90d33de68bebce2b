/** XEP-0484: tokens by which a device that has logged in comes back in one round trip, without its password. */
import { randomBytes } from "node:crypto";
import type { Clock } from "../../clock.ts";
import { formatDateTime } from "../../contacts/rfc3339.ts";
import { deviceCredential } from "../../sessions/credential.ts";
import { hashedTokenMechanisms, type TokenProof } from "../../xmpp/sasl/hashed-token.ts";
import type { SaslContext, SaslOutcome } from "../../xmpp/sasl/mechanism.ts";
import type { TokenUse, UserAgent } from "../../xmpp/sasl/sasl2-request.ts";
import type { Account, AccountStore } from "../accounts.ts";
import type { Device, DeviceStore, DeviceToken } from "../devices.ts";
import { heldBy, used } from "./slots.ts";

export interface FastLimits {
  /** ms: how long a token is good, and so how long a device may stay away. */
  readonly lifetime: number;
  /** Devices of one person that have a token; beyond it the longest unused loses its own. */
  readonly devices: number;
}

export interface FastOptions {
  readonly domain: string;
  readonly devices: DeviceStore;
  /** Undefined: there are no local accounts, with which a device would end. */
  readonly accounts: AccountStore | undefined;
  readonly clock: Clock;
  readonly limits: FastLimits;
  /** What let a device in was not taken back. */
  readonly isHeld: (username: string, credential: string) => boolean;
}

type GivenToken = NonNullable<Extract<SaslOutcome, { readonly kind: "success" }>["token"]>;
type Success = Extract<SaslOutcome, { readonly kind: "success" }>;

export type FastVerdict =
  | {
      readonly kind: "right";
      /** Of the device; undefined: it was signed out by this very login. */
      readonly credential: string | undefined;
      /** What let it in before. */
      readonly origin: string | undefined;
      /** The server's proof. */
      readonly data: Uint8Array;
      readonly token: GivenToken | undefined;
    }
  | { readonly kind: "wrong"; readonly reason: string }
  /** It is the right token, and good for nothing any more. */
  | { readonly kind: "expired"; readonly reason: string };

/** ms: a token that is older is replaced when it is used. XEP-0484 §3.5 */
const ROTATION = 86_400_000;
const TOKEN_OCTETS = 32;
const NAMELESS = "An unnamed client";

export class Fast {
  readonly #options: FastOptions;

  constructor(options: FastOptions) {
    this.#options = options;
  }

  /** XEP-0484 §3.1: those that this connection can bind to, and one without binding, best first; only where it is safe. */
  mechanisms({ secure, channelBindings }: SaslContext): readonly string[] {
    return secure ? hashedTokenMechanisms(channelBindings) : [];
  }

  /** XEP-0484 §3.4: a device comes back. `username`: prepared. */
  use(username: string, mechanism: string, context: SaslContext, proof: TokenProof): FastVerdict {
    const { domain, devices, clock } = this.#options;
    const { agent, token: use = NOT_COUNTED } = context.sasl2 ?? {};
    const now = clock.now();
    const device = agent?.id === undefined ? undefined : devices.get(domain, username, agent.id);
    const held = heldBy(device, mechanism, proof);
    if (device === undefined || held === undefined) return wrong("no such token of this device and mechanism");
    const { token } = held;
    const ended = this.#endOf(username, device, token, now);
    if (ended !== undefined) {
      devices.remove(domain, username, device.id);
      return { kind: "expired", reason: ended };
    }
    // XEP-0484 §3.4: it was used so before, by this client or by whoever listened.
    if (use.count !== undefined && use.count <= token.count) return wrong("the token was used with this count before");
    const after = named(used(device, held, use.count, now), agent);
    const wanted = this.#wanted(context, token, use, now);
    const next = wanted === undefined ? undefined : this.#make(wanted, after, now);
    this.#keep(username, after, use.invalidate, next);
    return {
      kind: "right",
      credential: use.invalidate && next === undefined ? undefined : deviceCredential(device.id),
      origin: device.credential,
      data: proof.answer(token.secret),
      token: next && given(next),
    };
  }

  /**
   * XEP-0484 §3.3: the token that a login by something else asked for. Undefined: it asked for none, or may have none.
   * `since`: when that login began.
   */
  issue({ username, credential, endsAt }: Success, context: SaslContext, since: number): GivenToken | undefined {
    const { domain, devices, accounts, clock } = this.#options;
    const { agent, tokenFor } = context.sasl2 ?? {};
    if (tokenFor === undefined || !this.mechanisms(context).includes(tokenFor)) return undefined;
    // A session that must end would not, if its device could come back.
    if (agent?.id === undefined || endsAt !== undefined) return undefined;
    const account = accounts?.get(domain, username);
    if (account !== undefined && account.changed > since) return undefined; // what it proved is a password no more
    const now = clock.now();
    const known = devices.get(domain, username, agent.id);
    const isLocal = account !== undefined;
    const device: Device = {
      id: agent.id,
      name: NAMELESS,
      created: known?.created ?? now,
      lastUsed: now,
      credential,
      isLocal,
      proved: now,
      current: undefined,
      next: undefined,
    };
    // XEP-0484 §3.5: it is good until the new one is used; but nothing outlives what it came from.
    const isSame = known?.credential === credential && known?.isLocal === isLocal;
    const current =
      isSame && known.current && !endOfToken(known, known.current, account, now) ? known.current : undefined;
    const next = this.#make(tokenFor, device, now);
    if (known === undefined) this.#makeRoom(username);
    devices.put(domain, username, { ...named(device, agent), current, next });
    return given(next);
  }

  #endOf(username: string, device: Device, token: DeviceToken, now: number): string | undefined {
    const { domain, accounts, isHeld } = this.#options;
    const { credential } = device;
    const isGone = credential !== undefined && !isHeld(username, credential);
    return isGone
      ? "what let the device in was taken back"
      : endOfToken(device, token, accounts?.get(domain, username), now);
  }

  /** The mechanism for which a device that came back gets a new token. */
  #wanted(context: SaslContext, token: DeviceToken, { invalidate }: TokenUse, now: number): string | undefined {
    const tokenFor = context.sasl2?.tokenFor;
    if (tokenFor !== undefined && this.mechanisms(context).includes(tokenFor)) return tokenFor;
    const isDue = now - token.issued >= Math.min(ROTATION, this.#options.limits.lifetime / 2);
    return isDue && !invalidate ? token.mechanism : undefined; // XEP-0484 §3.6
  }

  #make(mechanism: string, { isLocal, credential, proved }: Device, now: number): DeviceToken {
    const { lifetime } = this.#options.limits;
    // What only the application could take back ends by itself: it never hears of these logins.
    const canBeTakenBack = isLocal || credential !== undefined;
    const expires = canBeTakenBack ? now + lifetime : proved + lifetime;
    return { mechanism, secret: randomBytes(TOKEN_OCTETS).toString("base64url"), issued: now, expires, count: -1 };
  }

  #keep(username: string, device: Device, invalidate: boolean, next: DeviceToken | undefined): void {
    const { domain, devices } = this.#options;
    // XEP-0484 §3.6: whoever logs out wants no token of this device to be left.
    const left = invalidate ? { ...device, current: undefined, next: undefined } : device;
    if (next !== undefined) devices.put(domain, username, { ...left, next });
    else if (invalidate) devices.remove(domain, username, device.id);
    else devices.put(domain, username, left);
  }

  #makeRoom(username: string): void {
    const { domain, devices, limits } = this.#options;
    for (const { id } of devices.list(domain, username).slice(limits.devices - 1)) devices.remove(domain, username, id);
  }
}

const NOT_COUNTED: TokenUse = { count: undefined, invalidate: false };

function wrong(reason: string): FastVerdict {
  return { kind: "wrong", reason };
}

/** Why a token is good for nothing any more: its time is over, or its account is gone or has another password. */
function endOfToken(device: Device, token: DeviceToken, account: Account | undefined, now: number): string | undefined {
  if (token.expires <= now) return "the token has expired";
  if (account === undefined) return device.isLocal ? "the account was removed" : undefined;
  return account.changed > token.issued ? "the password was changed" : undefined;
}

function named(device: Device, agent: UserAgent | undefined): Device {
  const name = [agent?.software, agent?.device].filter(Boolean).join(" · ");
  return name === "" ? device : { ...device, name };
}

/** XEP-0082, whole seconds: a moment before it ends. */
function given({ secret, expires }: DeviceToken): GivenToken {
  return { secret, expiry: formatDateTime(Math.floor(expires / 1000) * 1000) };
}
