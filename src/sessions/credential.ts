/** What let sessions in and can be taken back by itself (`Connection.credential`). */
import type { Connection } from "./connection.ts";

const DEVICE = "device:";

/** Of a device that came back by a token (XEP-0484). `id`: of its user agent. */
export function deviceCredential(id: string): string {
  return DEVICE + id;
}

/** Undefined: it is the credential of something else. */
export function idOfDevice(credential: string): string | undefined {
  return credential.startsWith(DEVICE) ? credential.slice(DEVICE.length) : undefined;
}

/**
 * The session showed the account's own password or a token of the application, or its device did when it got its token.
 * What was let in for less, as a program or an app password, is not to manage the account.
 */
export function isOwn({ credential, origin = credential }: Pick<Connection, "credential" | "origin">): boolean {
  return origin === undefined || idOfDevice(origin) !== undefined;
}
