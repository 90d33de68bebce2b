/** RFC 6120 §6.4.5, XEP-0388 §2.6.2: a login that failed. Both profiles count into the same tries. */
import type { SaslCondition } from "../sasl/mechanism.ts";
import { escapeText } from "../xml/write.ts";
import { fail } from "./end.ts";
import { send } from "./framing.ts";
import { NS_SASL, NS_SASL2 } from "./namespaces.ts";
import type { StreamEffect, StreamSettings, StreamState, StreamStep } from "./state.ts";

export type SaslProfile = "sasl" | "sasl2";

/** A login may begin, or one is under way. */
export type LoginPhase = Extract<StreamState, { readonly phase: "negotiating" | "challenged" | "verifying" }>;

/** The client may try again, until the tries are used up. `first`: what comes before the answer. */
export function refuse(
  state: LoginPhase,
  settings: StreamSettings,
  profile: SaslProfile,
  condition: SaslCondition,
  text?: string,
  first: readonly StreamEffect[] = [],
): StreamStep {
  const failure = send(failureText(profile, condition, text));
  const tries = state.tries + 1;
  if (tries >= settings.tries) {
    const end = fail(state, settings, "policy-violation", "Too many failed logins on one stream.", "");
    return { state: end.state, effects: [...first, failure, ...end.effects] };
  }
  return { state: { phase: "negotiating", tries, offer: state.offer }, effects: [...first, failure] };
}

function failureText(profile: SaslProfile, condition: SaslCondition, text: string | undefined): string {
  const words = text === undefined ? "" : escapeText(text);
  if (profile === "sasl") {
    const said = text === undefined ? "" : `<text xml:lang="en">${words}</text>`;
    return `<failure xmlns="${NS_SASL}"><${condition}/>${said}</failure>`;
  }
  // XEP-0388 §2.6.2: the conditions stay in the namespace of RFC 6120.
  const said = text === undefined ? "" : `<text>${words}</text>`;
  return `<failure xmlns="${NS_SASL2}"><${condition} xmlns="${NS_SASL}"/>${said}</failure>`;
}
