/** RFC 6120 §6: SASL, after which the stream begins anew. */
import { decodeSaslData, encodeSaslData } from "../sasl/base64.ts";
import type { SaslCondition, SaslOutcome } from "../sasl/mechanism.ts";
import { textOf } from "../xml/element.ts";
import type { StreamElement } from "../xml/stream-element.ts";
import { send } from "./framing.ts";
import { NS_SASL } from "./namespaces.ts";
import { type LoginPhase, refuse as refuseIn } from "./refusal.ts";
import type { StreamEffect, StreamSettings, StreamState, StreamStep } from "./state.ts";

type State = Extract<StreamState, { readonly phase: "negotiating" | "challenged" }>;

const FORGET: readonly StreamEffect[] = [{ kind: "sasl-forget" }];

export function onSaslElement(state: State, element: StreamElement, settings: StreamSettings): StreamStep {
  switch (element.name) {
    case "auth":
      return onAuth(state, element, settings);
    case "response":
      return onResponse(state, element, settings);
    case "abort": // RFC 6120 §6.4.4
      return refuse(state, settings, "aborted", undefined, FORGET);
    default:
      return refuse(state, settings, "malformed-request", undefined, FORGET);
  }
}

/** RFC 6120 §6.4.2 */
function onAuth(state: State, element: StreamElement, settings: StreamSettings): StreamStep {
  if (state.phase === "challenged") {
    // A new attempt in the middle of one: the one under way is over.
    return refuse(state, settings, "malformed-request", undefined, FORGET);
  }
  if (!settings.maySasl()) {
    return refuse(state, settings, "encryption-required", "STARTTLS comes first."); // RFC 6120 §6.5.4
  }
  const { tries, offer } = state;
  const mechanism = element.attrs["mechanism"];
  if (mechanism === undefined || !offer.mechanisms.includes(mechanism)) {
    return refuse(state, settings, "invalid-mechanism", undefined); // RFC 6120 §6.5.7
  }
  const text = textOf(element.element());
  const data = text === "" ? undefined : decodeSaslData(text);
  if (data === undefined && text !== "") return refuse(state, settings, "incorrect-encoding", undefined);
  return {
    state: { phase: "verifying", tries, offer, request: undefined },
    effects: [{ kind: "sasl-start", offer, mechanism, data, request: undefined }],
  };
}

/** RFC 6120 §6.4.3. COMPAT(strophe.js): an empty `<response/>` is a response of no length. */
function onResponse(state: State, element: StreamElement, settings: StreamSettings): StreamStep {
  if (state.phase !== "challenged") return refuse(state, settings, "malformed-request", undefined);
  const data = decodeSaslData(textOf(element.element()));
  if (data === undefined) return refuse(state, settings, "incorrect-encoding", undefined, FORGET); // RFC 6120 §6.5.5
  return { state: { ...state, phase: "verifying" }, effects: [{ kind: "sasl-step", data }] };
}

export function saslOutcome(
  state: Extract<StreamState, { readonly phase: "verifying" }>,
  outcome: SaslOutcome,
  settings: StreamSettings,
): StreamStep {
  switch (outcome.kind) {
    case "challenge": {
      const challenge = `<challenge xmlns="${NS_SASL}">${encodeSaslData(outcome.data)}</challenge>`;
      return { state: { ...state, phase: "challenged" }, effects: [send(challenge)] };
    }
    case "success": {
      // RFC 6120 §6.4.6
      const data = outcome.data === undefined ? "" : encodeSaslData(outcome.data);
      const login = { domain: state.offer.domain, username: outcome.username };
      const success = data === "" ? `<success xmlns="${NS_SASL}"/>` : `<success xmlns="${NS_SASL}">${data}</success>`;
      return {
        state: { phase: "header", tries: state.tries, login },
        effects: [send(success), { kind: "authenticated", login, restarts: true }],
      };
    }
    case "failure":
      return refuse(state, settings, outcome.condition, outcome.text);
  }
}

function refuse(
  state: LoginPhase,
  settings: StreamSettings,
  condition: SaslCondition,
  text: string | undefined,
  first: readonly StreamEffect[] = [],
): StreamStep {
  return refuseIn(state, settings, "sasl", condition, text, first);
}
