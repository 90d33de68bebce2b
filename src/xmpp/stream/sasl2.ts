/** XEP-0388: the profile of SASL that goes on in the same stream, with XEP-0386 and XEP-0484 inside. */
import { encodeBase64 } from "../sasl/base64.ts";
import type { SaslOutcome } from "../sasl/mechanism.ts";
import type { Sasl2Request } from "../sasl/sasl2-request.ts";
import { textOf } from "../xml/element.ts";
import type { StreamElement } from "../xml/stream-element.ts";
import { escapeAttr, escapeText } from "../xml/write.ts";
import { decodeSasl2Data, readAuthenticate } from "./authenticate.ts";
import { fail } from "./end.ts";
import { featuresAfterLogin } from "./features.ts";
import { featuresText, send } from "./framing.ts";
import { failedText } from "./management-text.ts";
import { NS_FAST, NS_SASL2 } from "./namespaces.ts";
import { refuse } from "./refusal.ts";
import type {
  Login,
  Sasl2Device,
  Sasl2Success,
  StreamEffect,
  StreamSettings,
  StreamState,
  StreamStep,
} from "./state.ts";

type State = Extract<StreamState, { readonly phase: "negotiating" | "challenged" }>;

const FORGET: readonly StreamEffect[] = [{ kind: "sasl-forget" }];

export function onSasl2Element(state: State, element: StreamElement, settings: StreamSettings): StreamStep {
  switch (element.name) {
    case "authenticate":
      return onAuthenticate(state, element, settings);
    case "response":
      return onResponse(state, element, settings);
    case "abort": // XEP-0388 §4.5
      return refuse(state, settings, "sasl2", "aborted", undefined, FORGET);
    case "next":
    case "task-data": // XEP-0388 §2.6.3
      return refuse(state, settings, "sasl2", "malformed-request", "No task was asked for.", FORGET);
    default:
      return refuse(state, settings, "sasl2", "malformed-request", undefined, FORGET);
  }
}

/** XEP-0388 §2.4 */
function onAuthenticate(state: State, element: StreamElement, settings: StreamSettings): StreamStep {
  if (state.phase === "challenged") {
    // XEP-0388 §2.5: only <response/> and <abort/> may come now.
    return fail(state, settings, "not-authorized", "A login is under way: answer its challenge, or abort it.", "");
  }
  if (!settings.maySasl()) {
    return refuse(state, settings, "sasl2", "encryption-required", "STARTTLS comes first."); // XEP-0388 §3
  }
  const { tries, offer } = state;
  const mechanism = element.attrs["mechanism"];
  const isOffered = (name: string): boolean => offer.mechanisms.includes(name) || offer.tokenMechanisms.includes(name);
  if (mechanism === undefined || !isOffered(mechanism)) return refuse(state, settings, "sasl2", "invalid-mechanism");
  const read = readAuthenticate(element.element(), offer.from);
  if (!read.ok) return refuse(state, settings, "sasl2", read.condition, read.text);
  const { data, request } = read;
  return {
    state: { phase: "verifying", tries, offer, request },
    effects: [{ kind: "sasl-start", offer, mechanism, data, request }],
  };
}

function onResponse(state: State, element: StreamElement, settings: StreamSettings): StreamStep {
  if (state.phase !== "challenged") return refuse(state, settings, "sasl2", "malformed-request");
  const data = decodeSasl2Data(textOf(element.element()));
  if (data === undefined) return refuse(state, settings, "sasl2", "incorrect-encoding", undefined, FORGET);
  return { state: { ...state, phase: "verifying" }, effects: [{ kind: "sasl-step", data }] };
}

export function sasl2Outcome(
  state: Extract<StreamState, { readonly phase: "verifying" }>,
  request: Sasl2Request,
  outcome: SaslOutcome,
  settings: StreamSettings,
): StreamStep {
  switch (outcome.kind) {
    case "challenge":
      return {
        state: { ...state, phase: "challenged" },
        effects: [send(dataElement("challenge", outcome.data, ` xmlns="${NS_SASL2}"`))],
      };
    case "success": {
      const login = { domain: state.offer.domain, username: outcome.username };
      return onSuccess(login, request, { data: outcome.data, token: outcome.token }, settings);
    }
    case "failure":
      return refuse(state, settings, "sasl2", outcome.condition, outcome.text);
  }
}

/** XEP-0388 §2.6.1: what was asked for inline is done before the answer. */
function onSuccess(
  login: Login,
  { bind, agent, resume }: Sasl2Request,
  success: Sasl2Success,
  settings: StreamSettings,
): StreamStep {
  const known: StreamEffect = { kind: "authenticated", login, restarts: false };
  const device = bind && { ...bind, id: agent?.id };
  if (resume) {
    // XEP-0198 §9.2: before anything else.
    const asker = { kind: "login", success, bind: device } as const;
    return {
      state: { phase: "resume-asked", login, asker },
      effects: [known, { kind: "resume", login, wish: resume }],
    };
  }
  const failed = resume === null ? failedText("bad-request") : "";
  const next = afterLogin(login, device, success, failed, settings);
  return { state: next.state, effects: [known, ...next.effects] };
}

/** Binds, if that is wanted, and answers. `failed`: what is said of a resumption that came to nothing. */
export function afterLogin(
  login: Login,
  device: Sasl2Device | undefined,
  success: Sasl2Success,
  failed: string,
  settings: StreamSettings,
): StreamStep {
  if (device === undefined) {
    const jid = `${login.username}@${login.domain}`;
    const features = featuresAfterLogin(settings, login.domain, false, false);
    return { state: { phase: "binding", login }, effects: answerTo(success, jid, failed, features, settings) };
  }
  return {
    state: { phase: "bind-asked", login, asker: { kind: "login", success, failed } },
    effects: [{ kind: "bind", login, resource: undefined, device }],
  };
}

/** `<success/>` and, right behind it, the features of the stream as it is now. `jid`: full when a resource is bound. */
export function answerTo(
  success: Sasl2Success,
  jid: string,
  inline: string,
  features: string,
  settings: StreamSettings,
): readonly StreamEffect[] {
  return [successWith(success, jid, inline), send(featuresText(settings.framing, features))];
}

/** `<success/>` with the results of what was asked for inline. Where a stream is resumed no features follow: XEP-0198 §9.2. */
export function successWith({ data, token }: Sasl2Success, jid: string, inline: string): StreamEffect {
  const additional = data === undefined ? "" : dataElement("additional-data", data);
  const identifier = `<authorization-identifier>${escapeText(jid)}</authorization-identifier>`;
  const given = token === undefined ? "" : tokenElement(token); // XEP-0484 §3.3
  return send(`<success xmlns="${NS_SASL2}">${additional}${identifier}${inline}${given}</success>`);
}

function tokenElement({ secret, expiry }: { readonly secret: string; readonly expiry: string }): string {
  return `<token xmlns="${NS_FAST}" expiry="${escapeAttr(expiry)}" token="${escapeAttr(secret)}"/>`;
}

/** XEP-0388 §2.3: data of no octets is an empty element. */
function dataElement(name: string, data: Uint8Array, attributes = ""): string {
  return `<${name}${attributes}${data.length === 0 ? "/>" : `>${encodeBase64(data)}</${name}>`}`;
}
