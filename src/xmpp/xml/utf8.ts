/** UTF-8 as it arrives in chunks: RFC 3629, RFC 6120 §11.6. */
import { isAscii, isUtf8 } from "node:buffer";

const NONE = Buffer.alloc(0);

/** The code units of a text as numbers; of one octet each only where the text is ASCII. */
export type Units = Uint8Array | Uint16Array;

export const NOTHING: Units = NONE;

/** The code units of well-formed text. `bytes`: its length in UTF-8. */
export function unitsOf(text: string, bytes: number): Units {
  if (bytes === text.length) return Buffer.from(text, "latin1");
  const units = new Uint16Array(text.length);
  Buffer.from(units.buffer).write(text, "utf16le");
  return units;
}

export class Utf8Decoder {
  private units: Units = NOTHING;
  /** A bad octet follows the last text. */
  broken = false;
  private partial: Buffer = NONE;

  /** Octets of an incomplete character that wait for the rest. */
  get waiting(): number {
    return this.partial.length;
  }

  /** The text up to the first bad octet or the last incomplete character. */
  decode(chunk: Uint8Array): string {
    const bytes = this.join(chunk);
    if (isAscii(bytes)) {
      this.units = bytes;
      return bytes.toString("latin1");
    }
    const text = this.decodeWide(bytes);
    this.units = unitsOf(text, bytes.length);
    return text;
  }

  /** The code units of the last text, handed over. */
  takeUnits(): Units {
    const units = this.units;
    this.units = NOTHING;
    return units;
  }

  reset(): void {
    this.partial = NONE;
    this.units = NOTHING;
    this.broken = false;
  }

  private decodeWide(bytes: Buffer): string {
    const end = completeEnd(bytes);
    if (end < bytes.length) {
      this.partial = Buffer.from(bytes.subarray(end));
      this.broken = !isViable(this.partial);
    }
    const whole = bytes.subarray(0, end);
    if (isUtf8(whole)) return whole.toString();
    this.broken = true;
    return whole.toString("utf8", 0, validEnd(whole));
  }

  private join(chunk: Uint8Array): Buffer {
    if (this.partial.length > 0) {
      const joined = Buffer.concat([this.partial, chunk]);
      this.partial = NONE;
      return joined;
    }
    return Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  }
}

function sequenceLength(lead: number): number {
  if (lead < 0x80) return 1;
  if (lead < 0xe0) return 2;
  return lead < 0xf0 ? 3 : 4;
}

/** Where an incomplete character at the end begins; the length when there is none. */
function completeEnd(bytes: Uint8Array): number {
  const length = bytes.length;
  for (let back = 1; back <= 3 && back <= length; back++) {
    const octet = bytes[length - back] as number;
    if ((octet & 0xc0) === 0x80) continue;
    return octet >= 0xc0 && sequenceLength(octet) > back ? length - back : length;
  }
  return length;
}

/** Whether these octets, too few for a character, may still become one. */
function isViable(octets: Uint8Array): boolean {
  const lead = octets[0] as number;
  if (lead < 0xc2 || lead > 0xf4) return false;
  return octets.length < 2 || isSecond(lead, octets[1] as number);
}

/** RFC 3629 §4: overlong forms, surrogates and what lies above U+10FFFF show in the second octet. */
function isSecond(lead: number, octet: number): boolean {
  if (lead === 0xe0) return octet >= 0xa0 && octet <= 0xbf;
  if (lead === 0xed) return octet >= 0x80 && octet <= 0x9f;
  if (lead === 0xf0) return octet >= 0x90 && octet <= 0xbf;
  if (lead === 0xf4) return octet >= 0x80 && octet <= 0x8f;
  return (octet & 0xc0) === 0x80;
}

/** The length of the longest valid beginning of octets that are not valid as a whole. */
function validEnd(bytes: Uint8Array): number {
  let at = 0;
  while (at < bytes.length) {
    const lead = bytes[at] as number;
    const length = sequenceLength(lead);
    if (length > 1) {
      if (lead < 0xc2 || lead > 0xf4 || !isSecond(lead, bytes[at + 1] ?? 0)) return at;
      for (let i = 2; i < length; i++) if (((bytes[at + i] ?? 0) & 0xc0) !== 0x80) return at;
    }
    at += length;
  }
  return at;
}
