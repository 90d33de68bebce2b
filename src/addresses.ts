/** Addresses of peers, for limits by source. */

/** 127.0.0.0/8 and ::1. */
export function isLoopback(address: string): boolean {
  return address === "::1" || /^(::ffff:)?127\.\d+\.\d+\.\d+$/.test(address);
}

/** What counts as one source: an IPv4 address, or the /64 that one IPv6 customer has. */
export function sourceOf(address: string): string {
  if (!address.includes(":")) return address;
  const halves = address.split("::");
  const front = (halves[0] ?? "").split(":").filter((group) => group !== "");
  if (halves.length === 2) while (front.length < 4) front.push("0");
  return front.slice(0, 4).join(":");
}

/** Counts by source; forgets those with none. */
export class SourceCounts {
  readonly #counts = new Map<string, number>();

  /** The source may have one more. */
  hasRoom(source: string, limit: number): boolean {
    return (this.#counts.get(source) ?? 0) < limit;
  }

  take(source: string): void {
    this.#counts.set(source, (this.#counts.get(source) ?? 0) + 1);
  }

  give(source: string): void {
    const count = this.#counts.get(source) ?? 0;
    if (count > 1) this.#counts.set(source, count - 1);
    else this.#counts.delete(source);
  }
}
