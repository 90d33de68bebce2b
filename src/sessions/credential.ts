/** What let sessions in and can be taken back by itself (`Connection.credential`). */

/** Of a device that came back by a token (XEP-0484). `id`: of its user agent. */
export function deviceCredential(id: string): string {
  return `device:${id}`;
}
