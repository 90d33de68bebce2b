/** Reads a body that somebody else decides the size of. */
import { type Bytes, concat } from "./bytes.ts";

/** The body of a request or answer; undefined when it is larger than `maxBytes`, and then the rest is not read. */
export async function readLimited(message: Request | Response, maxBytes: number): Promise<Bytes | undefined> {
  if (message.body === null) return new Uint8Array();
  const reader = message.body.getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return concat(chunks);
    size += value.byteLength;
    if (size > maxBytes) {
      // What cannot be cancelled ends with its connection.
      reader.cancel().catch(() => undefined);
      return undefined;
    }
    chunks.push(value);
  }
}
