/** Finds a contact in the text of a list by a hash of its JID: FNV-1a, and a table with open addressing. */

/** The character that stands behind each JID. */
export const AFTER_JID = 1;

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

/**
 * Offset + 1 of each contact, at the place that its hash names or the next one that was free. Undefined: a JID stands in `text`
 * twice.
 */
export function tableOf(text: string, offsets: readonly number[], hashes: readonly number[]): Uint32Array | undefined {
  // First their numbers + 1, by which the hashes of those who are in the way are known.
  const table = new Uint32Array((offsets.length + (offsets.length >> 1)) | 1);
  for (let index = 0; index < offsets.length; index++) {
    const hash = hashes[index] as number;
    let slot = hash % table.length;
    for (let other = table[slot] as number; other !== 0; other = table[slot] as number) {
      const isSame =
        hashes[other - 1] === hash && isSameJid(text, offsets[other - 1] as number, offsets[index] as number);
      if (isSame) return undefined;
      slot = slot + 1 === table.length ? 0 : slot + 1;
    }
    table[slot] = index + 1;
  }
  for (let slot = 0; slot < table.length; slot++) {
    const number = table[slot] as number;
    if (number !== 0) table[slot] = (offsets[number - 1] as number) + 1;
  }
  return table;
}

function isSameJid(text: string, one: number, other: number): boolean {
  for (let at = 0; ; at++) {
    const code = text.charCodeAt(one + at);
    if (code !== text.charCodeAt(other + at)) return false;
    if (code === AFTER_JID) return true;
  }
}
