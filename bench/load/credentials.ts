/** What people have instead of the password: made from their names, so that the server's file and the client hold the same. */
import { createHash, createHmac } from "node:crypto";
import { ACCESS_TOKEN_PREFIX } from "../../src/login/oauth/check.ts";

/** As the authorization server would give it. */
export function accessTokenOf(name: string): string {
  return ACCESS_TOKEN_PREFIX + digestOf("access token", name).toString("base64url");
}

/** XEP-0388 §2.4: a UUID of version 4. */
export function deviceIdOf(name: string): string {
  const digits = digestOf("device", name).toString("hex");
  return digits.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, "$1-$2-4$3-8$4-$5");
}

/** The token by which the device comes back. */
export function deviceTokenOf(name: string): string {
  return digestOf("device token", name).toString("base64url");
}

/** XEP-0484 §3.4, with XEP-0386 inside: what a device sends, and how the server proves that it has the token too. */
export function deviceLogin(name: string): { readonly request: string; readonly proof: string } {
  const hashed = (role: string): Buffer => createHmac("sha256", deviceTokenOf(name)).update(role).digest();
  const initial = Buffer.concat([Buffer.from(`${name}\0`), hashed("Initiator")]).toString("base64");
  const request =
    `<authenticate xmlns='urn:xmpp:sasl:2' mechanism='HT-SHA-256-NONE'><initial-response>${initial}</initial-response>` +
    `<user-agent id='${deviceIdOf(name)}'><software>bench</software></user-agent>` +
    "<bind xmlns='urn:xmpp:bind:0'><tag>bench</tag></bind><fast xmlns='urn:xmpp:fast:0'/></authenticate>";
  return { request, proof: hashed("Responder").toString("base64") };
}

function digestOf(kind: string, name: string): Buffer {
  return createHash("sha256").update(`${kind} of ${name}`).digest();
}
