/** XEP-0484 §5.1: two tokens a device, the one in use and a newer one, so that none is lost on a bad line. */
import type { TokenProof } from "../../xmpp/sasl/hashed-token.ts";
import type { Device, DeviceToken } from "../devices.ts";

type Slot = "next" | "current";

export interface Held {
  readonly slot: Slot;
  readonly token: DeviceToken;
}

/** Compared with where there is no token, so that one that is missing costs the same as a wrong one. */
const NOBODYS = "nobody holds this";

/** The token that a proof is of, among those for this mechanism: the newer one first. */
export function heldBy(device: Device | undefined, mechanism: string, proof: TokenProof): Held | undefined {
  let held: Held | undefined;
  for (const slot of ["next", "current"] as const) {
    const token = device?.[slot];
    // XEP-0484 §3.4: bound to the mechanism that it was asked for.
    const isFor = token?.mechanism === mechanism;
    if (proof.fits(isFor ? token.secret : NOBODYS) && isFor) held ??= { slot, token };
  }
  return held;
}

/** The device after a token was used: it is the current one, and an older one is gone. XEP-0484 §3.5 */
export function used(device: Device, { slot, token }: Held, count: number | undefined, now: number): Device {
  const current = count === undefined ? token : { ...token, count };
  return { ...device, lastUsed: now, current, next: slot === "next" ? undefined : device.next };
}
