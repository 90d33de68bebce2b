/** What let sessions in and can be taken back by itself (`Connection.credential`). */

const DEVICE = "device:";

/** Of a device that came back by a token (XEP-0484). `id`: of its user agent. */
export function deviceCredential(id: string): string {
  return DEVICE + id;
}

/** Undefined: it is the credential of something else. */
export function idOfDevice(credential: string): string | undefined {
  return credential.startsWith(DEVICE) ? credential.slice(DEVICE.length) : undefined;
}
