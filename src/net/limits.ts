/** What a client may take of the server. Durations in ms, sizes in octets unless said otherwise. */
export interface C2sLimits {
  /** Octets of a stanza before login. RFC 6120 §13.12: never under 10 000. */
  readonly bytesBeforeLogin: number;
  /** Levels of nesting before login. */
  readonly depthBeforeLogin: number;
  /** From the first octet to a bound resource, whatever happens in between. */
  readonly loginTime: number;
  /** Failed logins on one stream. RFC 6120 §6.4.5: two to five. */
  readonly loginTries: number;
  /** Octets a second before login; reading pauses above. */
  readonly rateBeforeLogin: number;
  /** Octets that may come at once before login. */
  readonly burstBeforeLogin: number;
  /** Octets of a stanza after login. */
  readonly bytes: number;
  /** Levels of nesting after login. */
  readonly depth: number;
  /** Elements in one stanza, before and after login. */
  readonly elements: number;
  /** Octets a second after login; reading pauses above, nobody is cut. */
  readonly rate: number;
  /** Octets that may come at once after login. */
  readonly burst: number;
  /** What may wait for a client that reads slowly (UTF-16 units: octets where text is ASCII); then it is cut. */
  readonly queue: number;
  /** How long a client may take nothing of what waits for it; then it is cut. */
  readonly stalled: number;
  /** Without a word from the client: it is pinged (advertised by XEP-0478). 0: never. */
  readonly idle: number;
  /** How long a client may leave the ping unanswered; then it is cut. */
  readonly idleAnswer: number;
  /** How long the end of a stream may take: what is sent last, and the peer's own end. */
  readonly closing: number;
  /** Connections of one address before login (IPv6: of one /64); loopback and trusted proxies have no such limit. */
  readonly connectionsPerAddress: number;
  /** Connections in all. */
  readonly connections: number;
}

export const DEFAULT_C2S_LIMITS: C2sLimits = {
  bytesBeforeLogin: 10_000,
  depthBeforeLogin: 16,
  loginTime: 30_000,
  loginTries: 5,
  rateBeforeLogin: 8_192,
  burstBeforeLogin: 16_384,
  bytes: 262_144,
  depth: 64,
  elements: 5_000,
  rate: 1_048_576,
  burst: 4_194_304,
  queue: 1_048_576,
  stalled: 30_000,
  idle: 600_000,
  idleAnswer: 60_000,
  closing: 5_000,
  connectionsPerAddress: 64,
  connections: 100_000,
};
