/** XEP-0198: what a client may say of stream management, when, and what it is answered. What is counted: `acks.ts`. */
import type { StanzaCondition } from "../stanza/error.ts";
import type { StreamElement } from "../xml/stream-element.ts";
import { fail } from "./end.ts";
import { send } from "./framing.ts";
import { enabledText, failedText, resumedText, tooHighText } from "./management-text.ts";
import { readCount, readEnable, readResume } from "./management-wish.ts";
import { afterLogin, successWith } from "./sasl2.ts";
import type { EnableAnswer, ResumeAnswer, StreamSettings, StreamState, StreamStep } from "./state.ts";

type Bound = Extract<StreamState, { readonly phase: "bound" }>;
type Binding = Extract<StreamState, { readonly phase: "binding" }>;
type ResumeAsked = Extract<StreamState, { readonly phase: "resume-asked" }>;

/** Logged in, without a resource: one session may be resumed, nothing else. XEP-0198 §3 */
export function onManagementBefore(state: Binding, element: StreamElement): StreamStep {
  if (element.name !== "resume") return refused(state, "unexpected-request");
  const wish = readResume(element.attrs);
  if (wish === null) return refused(state, "bad-request");
  const { login } = state;
  return {
    state: { phase: "resume-asked", login, asker: { kind: "stream" } },
    effects: [{ kind: "resume", login, wish }],
  };
}

export function onManagement(state: Bound, element: StreamElement, settings: StreamSettings): StreamStep {
  const { name, attrs } = element;
  if (name === "enable" && !state.isManaged) return { state, effects: [{ kind: "enable", wish: readEnable(attrs) }] };
  if (name === "r" && state.isManaged) return { state, effects: [{ kind: "acknowledge" }] };
  if (name !== "a" || !state.isManaged) return refused(state, "unexpected-request"); // XEP-0198 §3
  const h = readCount(attrs["h"] ?? "");
  if (h !== undefined) return { state, effects: [{ kind: "acknowledged", h }] };
  return fail(state, settings, "bad-format", "An <a/> says in 'h' how many stanzas were handled.", "");
}

export function onEnabled(state: Bound, answer: EnableAnswer): StreamStep {
  return { state: { ...state, isManaged: true }, effects: [send(enabledText(answer))] };
}

export function onResumeResult(state: ResumeAsked, answer: ResumeAnswer, settings: StreamSettings): StreamStep {
  const { login, asker } = state;
  if (answer.ok) {
    const { id, h, jid } = answer;
    const resumed = resumedText(id, h);
    return {
      state: { phase: "bound", jid, domain: login.domain, isManaged: true },
      effects: [asker.kind === "stream" ? send(resumed) : successWith(asker.success, jid, resumed)],
    };
  }
  if (answer.reason === "too-high") return onTooHigh(state, answer.h, answer.sent, settings);
  const failed =
    answer.reason === "off" ? failedText("feature-not-implemented") : failedText("item-not-found", answer.h);
  // XEP-0198 §5: a resource may be bound all the same.
  if (asker.kind === "login") return afterLogin(login, asker.bind, asker.success, failed, settings);
  return { state: { phase: "binding", login }, effects: [send(failed)] };
}

/** XEP-0198 §6: the peer says that it handled what it was never sent. */
export function onTooHigh(
  state: Exclude<StreamState, { readonly phase: "closed" }>,
  h: number,
  sent: number,
  settings: StreamSettings,
): StreamStep {
  const text = `You acknowledged ${h} stanzas, but only ${sent} were sent to you.`;
  return fail(state, settings, "undefined-condition", text, "", tooHighText(h, sent));
}

/** XEP-0198 §6: the stream goes on. */
export function refused(state: StreamState, condition: StanzaCondition): StreamStep {
  return { state, effects: [send(failedText(condition))] };
}
