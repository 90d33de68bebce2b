/** stanza.js as a test drives it. */
import { once } from "node:events";
import type { Agent } from "stanza";

/** Connects with a token that the server does not take, and answers what it says of that as a challenge (RFC 7628 §3.2.2). */
export async function challengeTo(bad: Agent): Promise<unknown> {
  const raw: string[] = [];
  bad.on("raw:incoming", (text: string) => void raw.push(text));
  const failed = once(bad, "auth:failed");
  bad.connect();
  await failed;
  const challenge = /<challenge[^>]*>([^<]+)</.exec(raw.join(""))?.[1] ?? "";
  return JSON.parse(Buffer.from(challenge, "base64").toString());
}
