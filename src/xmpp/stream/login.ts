/** RFC 6120 §5: STARTTLS, and which profile of SASL a client speaks, before anything else is heard. */
import type { SaslOutcome } from "../sasl/mechanism.ts";
import type { StreamElement } from "../xml/stream-element.ts";
import { CLOSED, fail } from "./end.ts";
import { closingText, send } from "./framing.ts";
import { refused } from "./management.ts";
import { NS_SASL, NS_SASL2, NS_SM, NS_TLS } from "./namespaces.ts";
import { isRegister, onRegister } from "./register.ts";
import { onSaslElement, saslOutcome } from "./sasl.ts";
import { onSasl2Element, sasl2Outcome } from "./sasl2.ts";
import type { StreamEffect, StreamSettings, StreamState, StreamStep } from "./state.ts";

export type LoginState = Extract<StreamState, { readonly phase: "negotiating" | "challenged" }>;

/** What a client says before it is logged in. A login under way goes on in the profile that it began in. */
export function onLoginElement(state: LoginState, element: StreamElement, settings: StreamSettings): StreamStep {
  const isFree = state.phase === "negotiating";
  if (element.ns === NS_SASL && (isFree || state.request === undefined)) {
    return onSaslElement(state, element, settings);
  }
  if (element.ns === NS_SASL2 && (isFree || state.request !== undefined)) {
    return onSasl2Element(state, element, settings);
  }
  if (element.ns === NS_TLS && element.name === "starttls" && isFree) return onStartTls(state, settings);
  if (isFree && isRegister(element, settings, state.offer.domain)) return onRegister(state, element);
  if (isFree && element.ns === NS_SM) return refused(state, "unexpected-request"); // XEP-0198 §3
  // RFC 6120 §4.9.3.12: stanzas and anything else have to wait for the login; XEP-0388 §2.5: at once.
  return fail(state, settings, "not-authorized", "Log in before anything else is sent.", "");
}

export function onSaslOutcome(
  state: Extract<StreamState, { readonly phase: "verifying" }>,
  outcome: SaslOutcome,
  settings: StreamSettings,
): StreamStep {
  const { request } = state;
  return request === undefined
    ? saslOutcome(state, outcome, settings)
    : sasl2Outcome(state, request, outcome, settings);
}

function onStartTls(state: LoginState, settings: StreamSettings): StreamStep {
  if (!settings.offersTls()) {
    // RFC 6120 §5.4.2.2: the failure case has no stream error.
    const effects: StreamEffect[] = [
      send(`<failure xmlns="${NS_TLS}"/>`),
      send(closingText(settings.framing)),
      { kind: "end", reason: "tls-failure" },
    ];
    return { state: CLOSED, effects };
  }
  // RFC 6120 §5.4.2.3: the failed tries stay counted, or TLS would buy new ones.
  return {
    state: { phase: "securing", tries: state.tries },
    effects: [send(`<proceed xmlns="${NS_TLS}"/>`), { kind: "start-tls" }],
  };
}
