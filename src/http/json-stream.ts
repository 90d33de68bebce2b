/** A large JSON answer, written piece by piece as the caller takes it, so that nobody else waits for the whole of it. */
import { yieldNow } from "./call.ts";

/** Characters gathered before they are sent and others get their turn. */
const PART = 65_536;

/** `pieces` in order are the text. Up to one part of it is sent as a whole, with its length. */
export function jsonText(pieces: Iterable<string>, headers: Readonly<Record<string, string>>): Response {
  const all = { "content-type": "application/json", ...headers };
  const iterator = pieces[Symbol.iterator]();
  const first = nextPart(iterator);
  if (first.done) return new Response(first.text, { headers: all });
  const encoder = new TextEncoder();
  let begun = false;
  const stream = new ReadableStream<Uint8Array>({
    async pull(controller) {
      await yieldNow();
      const part = begun ? nextPart(iterator) : first;
      begun = true;
      if (part.text !== "") controller.enqueue(encoder.encode(part.text));
      if (part.done) controller.close();
    },
  });
  return new Response(stream, { headers: all });
}

function nextPart(pieces: Iterator<string>): { readonly text: string; readonly done: boolean } {
  let text = "";
  while (text.length < PART) {
    const step = pieces.next();
    if (step.done === true) return { text, done: true };
    text += step.value;
  }
  return { text, done: false };
}
