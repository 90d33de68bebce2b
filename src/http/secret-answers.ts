/**
 * `Idempotency-Key` for answers that hold a secret: given again for a short time from memory, and never on disk. There it
 * is only kept that the call was made, so that it has no second effect for as long as any other.
 */
import type { Clock } from "../clock.ts";
import { type KeptAnswer, type KeptAnswers, memoryKeptAnswers } from "../storage/kept-answers.ts";
import { CONTENT_TYPE, problemText } from "./problem.ts";

/** ms: longer than anybody tries one call again. */
const REMEMBERED = 600_000;
const BOUNDS = { most: 10_000, mostBytes: 16_777_216 };

/** `gone`: what is said to who asks again when the secret is forgotten. */
export function secretAnswers(kept: KeptAnswers, clock: Clock, gone: string): KeptAnswers {
  const memory = memoryKeptAnswers(clock, BOUNDS);
  const withoutSecret = (answer: KeptAnswer): KeptAnswer => ({
    ...answer,
    status: 409,
    contentType: CONTENT_TYPE,
    etag: "",
    body: new TextEncoder().encode(problemText(409, gone)),
  });
  return {
    get: (key) => memory.get(key) ?? kept.get(key),
    async put(key, answer) {
      if (answer.status >= 300) return kept.put(key, answer);
      await memory.put(key, { ...answer, until: Math.min(answer.until, clock.now() + REMEMBERED) });
      await kept.put(key, withoutSecret(answer));
    },
  };
}
