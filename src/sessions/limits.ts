/** What one session may take up. */
export interface SessionLimits {
  /** Sessions of one account at once. */
  readonly perUser: number;
  /** IQs of one session that are being worked on or wait for the contact list. */
  readonly pending: number;
  /** Resources that hold directed presence of one session (RFC 6121 §4.6). */
  readonly directed: number;
  /** How long a handler may take to answer an IQ, and a client to answer the server, ms. */
  readonly iqTime: number;
  /** Contacts that one change of presence or of a list deals with in one turn of the event loop. */
  readonly slice: number;
  /** How long a session whose connection is lost waits to be resumed (XEP-0198 §5), ms; 0: it does not. */
  readonly resumeTime: number;
  /** Stanzas that a client may leave unacknowledged (XEP-0198 §4). */
  readonly unackedStanzas: number;
  /** The same in UTF-16 units, which for ASCII is octets; what is produced in slices is counted by itself. */
  readonly unackedLength: number;
}

export const SESSION_LIMITS: SessionLimits = {
  perUser: 20,
  pending: 1000,
  directed: 1000,
  iqTime: 30_000,
  slice: 5000,
  resumeTime: 300_000,
  unackedStanzas: 5000,
  unackedLength: 1_048_576,
};
