/** Contract §5: roster answers and pushes leave at once where they are small, else in slices as the socket drains. */
import type { Connection } from "../../sessions/connection.ts";

/** Characters that leave at once; what is more does not count against the queue of the client. */
const AT_ONCE = 16_384;
const SPACE = 0x20;

/** `tails`: as for `Connection.sendSlices`. */
export function sendTails(connection: Connection, tails: Generator<string>): void {
  let sent = 0;
  let tail = tails.next();
  while (tail.done !== true) {
    const next = tails.next();
    const isWhole = next.done === true || next.value.charCodeAt(0) === SPACE;
    sent += tail.value.length;
    if (!isWhole || sent > AT_ONCE) {
      connection.sendSlices("iq", from(tail.value, next, tails));
      return;
    }
    connection.send("iq", tail.value);
    tail = next;
  }
}

function* from(first: string, second: IteratorResult<string>, rest: Generator<string>): Generator<string> {
  yield first;
  if (second.done === true) return;
  yield second.value;
  yield* rest;
}
