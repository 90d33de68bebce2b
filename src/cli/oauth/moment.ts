/** `seconds` since the epoch, as people read it. */
export function momentOf(seconds: number | undefined): string {
  if (seconds === undefined) return "for ever";
  const date = new Date(seconds * 1000);
  // What another server signed may be no time at all.
  return Number.isNaN(date.getTime()) ? "a time that is none" : date.toISOString().replace(".000Z", "Z");
}
