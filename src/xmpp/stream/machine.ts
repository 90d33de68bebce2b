/**
 * RFC 6120 §4 to §7 with the framing of RFC 7395: the server's side of a client's stream, as a pure function. The shell
 * around it (net/c2s) reads, steps and performs the effects in order, and does nothing else.
 */
import type { StreamElement } from "../xml/stream-element.ts";
import { onBindingElement, onBindResult, onBoundElement } from "./binding.ts";
import { close, fail, halfClose, lose, stay } from "./end.ts";
import { onHeader } from "./header.ts";
import { onLoginElement, onSaslOutcome } from "./login.ts";
import { onEnabled, onResumeResult, onTooHigh } from "./management.ts";
import { onRegisterAnswer } from "./register.ts";
import type { StreamInput, StreamSettings, StreamState, StreamStep } from "./state.ts";

/** Where every connection begins. */
export const STREAM_START: StreamState = { phase: "header", tries: 0, login: undefined };

export function step(state: StreamState, input: StreamInput, settings: StreamSettings): StreamStep {
  if (state.phase === "closed") return stay(state);
  switch (input.kind) {
    case "element":
      return onElement(state, input.element, settings);
    case "header":
      if (state.phase === "header") return onHeader(state, input.header, input.id, settings);
      return fail(state, settings, "bad-format", "A stream header belongs at the start of a stream.", input.id);
    case "fault":
      return fail(state, settings, input.fault.condition, input.fault.text, input.id);
    case "end":
      return close(state, settings);
    case "half-closed":
      return halfClose(state, settings);
    case "tls-started":
      // RFC 6120 §5.4.3.3: all that was known is forgotten, but not the failed tries.
      return state.phase === "securing"
        ? { state: { phase: "header", tries: state.tries, login: undefined }, effects: [] }
        : stay(state);
    case "sasl":
      return state.phase === "verifying" ? onSaslOutcome(state, input.outcome, settings) : stay(state);
    case "bind-result":
      return state.phase === "bind-asked" ? onBindResult(state, input.result, settings) : stay(state);
    case "enabled":
      return state.phase === "bound" ? onEnabled(state, input.answer) : stay(state);
    case "resume-result":
      return state.phase === "resume-asked" ? onResumeResult(state, input.answer, settings) : stay(state);
    case "too-high":
      return onTooHigh(state, input.h, input.sent, settings);
    case "registered":
      return state.phase === "registering" ? onRegisterAnswer(state, input.answer, settings) : stay(state);
    case "cut":
      return input.condition === undefined
        ? close(state, settings)
        : fail(state, settings, input.condition, input.text, input.id);
    case "gone":
      return lose();
  }
}

function onElement(
  state: Exclude<StreamState, { readonly phase: "closed" }>,
  element: StreamElement,
  settings: StreamSettings,
): StreamStep {
  switch (state.phase) {
    case "bound":
      return onBoundElement(state, element, settings);
    case "binding":
      return onBindingElement(state, element, settings);
    case "negotiating":
    case "challenged":
      return onLoginElement(state, element, settings);
    case "header":
    case "securing":
    case "verifying":
    case "registering":
    case "bind-asked":
    case "resume-asked":
      // The reader yields a header first, and the shell does not read on before an answer is there.
      return fail(state, settings, "not-authorized", "Wait for the answer first.", "");
  }
}
