/** When somebody was last seen, kept beyond their session (in the sense of XEP-0012): the port that storage fills. */
export interface LastSeenStore {
  /** ms since the epoch; undefined: never seen here. */
  load(username: string): number | undefined;
  /** Written once for each time that somebody leaves: nobody waits for it, and a failure is logged where it happens. */
  save(username: string, at: number): void;
}
