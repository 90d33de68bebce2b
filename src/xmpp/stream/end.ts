/** RFC 6120 §4.4 and §4.9: how a stream ends, from our side and from the peer's. */
import type { StreamCondition } from "./error.ts";
import { closingText, openingText, send, streamErrorText } from "./framing.ts";
import type { StreamEffect, StreamSettings, StreamState, StreamStep } from "./state.ts";

export const CLOSED: StreamState = { phase: "closed" };

/** Nothing happens. */
export function stay(state: StreamState): StreamStep {
  return { state, effects: [] };
}

/**
 * Ends with a stream error, which cannot be recovered from. `id` is used when our header has not been sent yet; `specific`:
 * the condition as another protocol names it, RFC 6120 §4.9.4.
 */
export function fail(
  state: StreamState,
  settings: StreamSettings,
  condition: StreamCondition,
  text: string | undefined,
  id: string,
  specific = "",
): StreamStep {
  const effects = opened(state, settings, id);
  if (state.phase !== "securing") {
    effects.push(send(streamErrorText(settings.framing, condition, text, specific)));
    effects.push(send(closingText(settings.framing)));
  }
  effects.push({ kind: "end", reason: condition });
  return { state: CLOSED, effects };
}

/** Ends without an error: RFC 6120 §4.4, RFC 7395 §3.6. A stream that we did not open has no end to send. */
export function close(state: StreamState, settings: StreamSettings): StreamStep {
  const isOpen = state.phase !== "securing" && (state.phase !== "header" || settings.framing === "frames");
  const end: StreamEffect = { kind: "end", reason: "closed" };
  return { state: CLOSED, effects: isOpen ? [send(closingText(settings.framing)), end] : [end] };
}

/** The peer has closed its side of the transport. XEP-0198 §7: where a session is managed that is no end of the stream. */
export function halfClose(state: StreamState, settings: StreamSettings): StreamStep {
  if (state.phase !== "bound" || !state.isManaged) return close(state, settings);
  return { state: CLOSED, effects: [send(closingText(settings.framing)), { kind: "end", reason: "lost" }] };
}

/** The transport is gone: there is nobody to tell. */
export function lose(): StreamStep {
  return { state: CLOSED, effects: [{ kind: "end", reason: "lost" }] };
}

/** RFC 6120 §4.9.1.2: an error that comes before our header is sent behind one. */
function opened(state: StreamState, settings: StreamSettings, id: string): StreamEffect[] {
  if (state.phase !== "header") return [];
  const from = state.login?.domain ?? settings.domains[0] ?? "";
  return [send(openingText(settings.framing, { from, to: undefined, id }))];
}
