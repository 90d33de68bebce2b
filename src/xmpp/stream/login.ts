/** RFC 6120 §5 and §6: STARTTLS and SASL, before anything else is heard. */
import { decodeSaslData, encodeSaslData } from "../sasl/base64.ts";
import type { SaslCondition, SaslOutcome } from "../sasl/mechanism.ts";
import { textOf } from "../xml/element.ts";
import type { StreamElement } from "../xml/stream-element.ts";
import { escapeText } from "../xml/write.ts";
import { CLOSED, fail, stay } from "./end.ts";
import { closingText, send } from "./framing.ts";
import { NS_SASL, NS_TLS } from "./namespaces.ts";
import type { StreamEffect, StreamSettings, StreamState, StreamStep } from "./state.ts";

type LoginState = Extract<StreamState, { readonly phase: "negotiating" | "challenged" }>;

/** What a client says before it is logged in. */
export function onLoginElement(state: LoginState, element: StreamElement, settings: StreamSettings): StreamStep {
  if (element.ns === NS_SASL) return onSasl(state, element, settings);
  if (element.ns === NS_TLS && element.name === "starttls" && state.phase === "negotiating") {
    return onStartTls(state, settings);
  }
  // RFC 6120 §4.9.3.12: stanzas and anything else have to wait for the login.
  return fail(state, settings, "not-authorized", "Log in before anything else is sent.", "");
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

function onSasl(state: LoginState, element: StreamElement, settings: StreamSettings): StreamStep {
  switch (element.name) {
    case "auth":
      return onAuth(state, element, settings);
    case "response":
      return onResponse(state, element, settings);
    case "abort": // RFC 6120 §6.4.4
      return refuse(state, settings, "aborted", undefined, [{ kind: "sasl-forget" }]);
    default:
      return refuse(state, settings, "malformed-request", undefined, [{ kind: "sasl-forget" }]);
  }
}

/** RFC 6120 §6.4.2 */
function onAuth(state: LoginState, element: StreamElement, settings: StreamSettings): StreamStep {
  if (state.phase === "challenged") {
    // A new attempt in the middle of one: the one under way is over.
    return refuse(state, settings, "malformed-request", undefined, [{ kind: "sasl-forget" }]);
  }
  if (!settings.maySasl()) {
    return refuse(state, settings, "encryption-required", "STARTTLS comes first."); // RFC 6120 §6.5.4
  }
  const mechanism = element.attrs["mechanism"];
  if (mechanism === undefined || !settings.mechanisms(state.domain).includes(mechanism)) {
    return refuse(state, settings, "invalid-mechanism", undefined); // RFC 6120 §6.5.7
  }
  const text = textOf(element.element());
  const data = text === "" ? undefined : decodeSaslData(text);
  if (data === undefined && text !== "") return refuse(state, settings, "incorrect-encoding", undefined);
  return {
    state: { phase: "verifying", tries: state.tries, domain: state.domain },
    effects: [{ kind: "sasl-start", domain: state.domain, mechanism, data }],
  };
}

/** RFC 6120 §6.4.3. COMPAT(strophe.js): an empty `<response/>` is a response of no length. */
function onResponse(state: LoginState, element: StreamElement, settings: StreamSettings): StreamStep {
  if (state.phase !== "challenged") return refuse(state, settings, "malformed-request", undefined);
  const data = decodeSaslData(textOf(element.element()));
  if (data === undefined) {
    return refuse(state, settings, "incorrect-encoding", undefined, [{ kind: "sasl-forget" }]); // RFC 6120 §6.5.5
  }
  return {
    state: { phase: "verifying", tries: state.tries, domain: state.domain },
    effects: [{ kind: "sasl-step", data }],
  };
}

export function onSaslOutcome(
  state: Extract<StreamState, { readonly phase: "verifying" }>,
  outcome: SaslOutcome,
  settings: StreamSettings,
): StreamStep {
  switch (outcome.kind) {
    case "challenge": {
      const challenge = `<challenge xmlns="${NS_SASL}">${encodeSaslData(outcome.data)}</challenge>`;
      return {
        state: { phase: "challenged", tries: state.tries, domain: state.domain },
        effects: [send(challenge)],
      };
    }
    case "success": {
      // RFC 6120 §6.4.6
      const data = outcome.data === undefined ? "" : encodeSaslData(outcome.data);
      const login = { domain: state.domain, username: outcome.username };
      const success = data === "" ? `<success xmlns="${NS_SASL}"/>` : `<success xmlns="${NS_SASL}">${data}</success>`;
      return {
        state: { phase: "header", tries: state.tries, login },
        effects: [send(success), { kind: "authenticated", login }],
      };
    }
    case "failure":
      return refuse(state, settings, outcome.condition, outcome.text);
    default:
      return stay(state);
  }
}

/** RFC 6120 §6.4.5: the client may try again, until the tries are used up. */
function refuse(
  state: Extract<StreamState, { readonly phase: "negotiating" | "challenged" | "verifying" }>,
  settings: StreamSettings,
  condition: SaslCondition,
  text: string | undefined,
  first: readonly StreamEffect[] = [],
): StreamStep {
  const said = text === undefined ? "" : `<text xml:lang="en">${escapeText(text)}</text>`;
  const failure = send(`<failure xmlns="${NS_SASL}"><${condition}/>${said}</failure>`);
  const tries = state.tries + 1;
  if (tries >= settings.tries) {
    const end = fail(state, settings, "policy-violation", "Too many failed logins on one stream.", "");
    return { state: end.state, effects: [...first, failure, ...end.effects] };
  }
  return { state: { phase: "negotiating", tries, domain: state.domain }, effects: [...first, failure] };
}
