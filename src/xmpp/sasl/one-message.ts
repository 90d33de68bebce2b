/** The exchange of mechanisms in which the client says all in one message. */
import type { SaslExchange, SaslOutcome } from "./mechanism.ts";

const NOTHING = new Uint8Array(0);
const MALFORMED: SaslOutcome = { kind: "failure", condition: "malformed-request" };

/** Judges the message, once. RFC 6120 §6.4.2: a client that sent none with its request is asked for it. */
export function oneMessage(judge: (data: Uint8Array) => SaslOutcome | Promise<SaslOutcome>): SaslExchange {
  let phase: "start" | "asked" | "done" = "start";
  return {
    step(data) {
      if (phase === "start" && data === undefined) {
        phase = "asked";
        return { kind: "challenge", data: NOTHING };
      }
      if (phase === "done" || data === undefined) return MALFORMED;
      phase = "done";
      return judge(data);
    },
  };
}
