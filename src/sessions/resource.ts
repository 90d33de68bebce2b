/** RFC 6120 §7.6, §7.7 and XEP-0386 §3.2.1: the resource of a session, as the client asked or made here. */
import { createHmac } from "node:crypto";
import { prepareResource } from "../xmpp/jid/resource.ts";
import type { BindRequest } from "./host.ts";

/** Who is asked for a resource that was not named. */
export interface ResourceMaker {
  /** One that nobody can guess, a new one each time. */
  random(): string;
  /** The octets by which devices are told apart, the same after a restart. */
  readonly key: Uint8Array;
  /** The full JID is in use. */
  isTaken(resource: string): boolean;
}

/** Tries at a free resource. */
const TRIES = 5;
/** Octets of what is made for a device. */
const DEVICE_OCTETS = 9;
/** Code points of a tag that stay. */
const MOST_TAG = 64;

/** Undefined: what was asked for is no resource. `jid`: bare. */
export function resourceFor(jid: string, { resource, device }: BindRequest, maker: ResourceMaker): string | undefined {
  if (resource !== undefined && resource !== "") return prepareResource(resource);
  const prefix = tagPrefix(device?.tag);
  // XEP-0386 §3.2.1: the same for the same tag and installation; the id itself is in it for nobody to see.
  if (device?.id !== undefined) return prefix + deviceName(maker.key, [jid, prefix, device.id]);
  let made = prefix + maker.random();
  for (let n = 0; n < TRIES && maker.isTaken(made); n++) made = prefix + maker.random();
  return made;
}

/** `tag/`, or nothing where it is none or cannot be a part of a resource. */
function tagPrefix(tag = ""): string {
  const prepared = prepareResource([...tag.slice(0, 2 * MOST_TAG)].slice(0, MOST_TAG).join("").trim());
  return prepared === undefined ? "" : `${prepared}/`;
}

function deviceName(key: Uint8Array, parts: readonly string[]): string {
  const octets = createHmac("sha256", key).update(parts.join("\0")).digest();
  return octets.subarray(0, DEVICE_OCTETS).toString("base64url");
}
