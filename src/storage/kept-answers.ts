/** Answers that are given again to who asks again: the port of `Idempotency-Key`, and what is kept in memory. */
import type { Clock } from "../clock.ts";

export interface KeptAnswer {
  /** Of the request: another one is no repetition. */
  readonly fingerprint: string;
  readonly status: number;
  readonly contentType: string;
  /** `ETag` of the answer, "" when it has none. */
  readonly etag: string;
  readonly body: Uint8Array;
  /** ms since the epoch: not given any more from then on. */
  readonly until: number;
}

/** Bounded: beyond `most` answers, or `mostBytes` of them, the oldest are forgotten before their time. */
export interface KeptAnswers {
  get(key: string): KeptAnswer | undefined;
  /** Seen by `get` at once. Settles when a `kill -9` can no longer lose it. */
  put(key: string, answer: KeptAnswer): Promise<void>;
}

export interface KeptAnswersBounds {
  readonly most: number;
  readonly mostBytes: number;
}

export const KEPT_ANSWERS: KeptAnswersBounds = { most: 100_000, mostBytes: 67_108_864 };
/** What an answer takes beside its body. */
export const ANSWER_OVERHEAD = 256;

export function memoryKeptAnswers(clock: Clock, bounds: KeptAnswersBounds = KEPT_ANSWERS): KeptAnswers {
  const answers = new Map<string, KeptAnswer>();
  let bytes = 0;
  const forget = (key: string, answer: KeptAnswer): void => {
    answers.delete(key);
    bytes -= answer.body.byteLength + ANSWER_OVERHEAD;
  };
  return {
    get(key) {
      const answer = answers.get(key);
      return answer !== undefined && clock.now() < answer.until ? answer : undefined;
    },
    async put(key, answer) {
      const old = answers.get(key);
      if (old !== undefined) forget(key, old);
      answers.set(key, answer);
      bytes += answer.body.byteLength + ANSWER_OVERHEAD;
      const now = clock.now();
      for (const [oldest, kept] of answers) {
        if (now < kept.until && answers.size <= bounds.most && bytes <= bounds.mostBytes) break;
        forget(oldest, kept);
      }
    },
  };
}
