/** Finds a contact in the text of a list by a hash of its JID: FNV-1a, and a table with open addressing. */

export const NO_HASH = 0x811c9dc5;

/** The hash with one more character. */
export function nextHash(hash: number, code: number): number {
  return Math.imul(hash ^ code, 0x01000193);
}

/** What is done with a hash when all characters are in it. */
export function spread(hash: number): number {
  return (hash ^ (hash >>> 15)) >>> 0;
}

export function hashOf(jid: string): number {
  let hash = NO_HASH;
  for (let at = 0; at < jid.length; at++) hash = nextHash(hash, jid.charCodeAt(at));
  return spread(hash);
}

/** Offset + 1 of each contact, at the place that its hash names or the next one that was free. */
export function tableOf(offsets: readonly number[], hashes: readonly number[]): Uint32Array {
  const table = new Uint32Array((offsets.length + (offsets.length >> 1)) | 1);
  for (let index = 0; index < offsets.length; index++) {
    let slot = (hashes[index] as number) % table.length;
    while (table[slot] !== 0) slot = slot + 1 === table.length ? 0 : slot + 1;
    table[slot] = (offsets[index] as number) + 1;
  }
  return table;
}
