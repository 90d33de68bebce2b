/** RFC 6120 §4.7: the header of the peer, answered by ours and by the features. */
import { prepareDomain } from "../jid/domain.ts";
import { NS_CLIENT } from "../stanza/stanza.ts";
import type { StreamHeader } from "../xml/sink.ts";
import { CLOSED } from "./end.ts";
import type { StreamCondition } from "./error.ts";
import { featuresAfterLogin, featuresBeforeLogin, offerTo } from "./features.ts";
import { closingText, featuresText, openingText, send, streamErrorText } from "./framing.ts";
import { NS_FRAMING, NS_STREAM } from "./namespaces.ts";
import type { Framing, StreamSettings, StreamState, StreamStep } from "./state.ts";

type HeaderState = Extract<StreamState, { readonly phase: "header" }>;

type Checked =
  | { readonly ok: true; readonly domain: string }
  | { readonly ok: false; readonly condition: StreamCondition; readonly text: string };

export function onHeader(state: HeaderState, header: StreamHeader, id: string, settings: StreamSettings): StreamStep {
  const { framing } = settings;
  const checked = check(state, header, settings);
  const from = checked.ok ? checked.domain : (state.login?.domain ?? settings.domains[0] ?? "");
  // RFC 6120 §4.7.2: whom we take the peer to be; before login that is what it says.
  const to = state.login === undefined ? header.attrs["from"] : `${state.login.username}@${state.login.domain}`;
  const opening = send(openingText(framing, { from, to, id }));
  if (!checked.ok) {
    const error = send(streamErrorText(framing, checked.condition, checked.text));
    const ending = { kind: "end", reason: checked.condition } as const;
    return { state: CLOSED, effects: [opening, error, send(closingText(framing)), ending] };
  }
  const { login } = state;
  if (login !== undefined) {
    const features = send(featuresText(framing, featuresAfterLogin(settings, login.domain, false, false)));
    return { state: { phase: "binding", login }, effects: [opening, features] };
  }
  const offer = offerTo(settings, checked.domain, header.attrs["from"]);
  const features = send(featuresText(framing, featuresBeforeLogin(settings, offer)));
  return { state: { phase: "negotiating", tries: state.tries, offer }, effects: [opening, features] };
}

function check(state: HeaderState, header: StreamHeader, settings: StreamSettings): Checked {
  if (!isHeader(settings.framing, header)) {
    const text =
      settings.framing === "frames"
        ? `The first frame of a stream is <open xmlns='${NS_FRAMING}'/>.`
        : `A stream begins with <stream:stream xmlns='${NS_CLIENT}' xmlns:stream='${NS_STREAM}'>.`;
    return { ok: false, condition: "invalid-namespace", text }; // RFC 6120 §4.9.3.10
  }
  if (!isSupported(header.attrs["version"])) {
    const text = "This server speaks XMPP 1.0; the stream header has to say version='1.0'.";
    return { ok: false, condition: "unsupported-version", text }; // RFC 6120 §4.9.3.25
  }
  const { to } = header.attrs;
  const domain = domainOf(to, settings.domains);
  if (domain === undefined) {
    const text =
      to === undefined
        ? "The stream header has to name the domain in 'to'."
        : "This domain is not served here: check the domain of the address, or the connection host.";
    return { ok: false, condition: "host-unknown", text }; // RFC 6120 §4.9.3.6
  }
  if (state.login !== undefined && state.login.domain !== domain) {
    return { ok: false, condition: "host-unknown", text: "The stream has to go on with the domain of the login." };
  }
  if (!settings.maySasl() && !settings.offersTls()) {
    const text = "Nobody can log in on an open line here: connect with TLS (wss:// or https://).";
    return { ok: false, condition: "policy-violation", text };
  }
  return { ok: true, domain };
}

/** RFC 6120 §4.8.1 and §4.8.2, RFC 7395 §3.4 */
function isHeader(framing: Framing, header: StreamHeader): boolean {
  if (framing === "frames") return header.name === "open" && header.ns === NS_FRAMING;
  return header.name === "stream" && header.ns === NS_STREAM && header.defaultNs === NS_CLIENT;
}

/** RFC 6120 §4.7.5: no version means 0.9; a higher one than ours is answered with ours. */
function isSupported(version: string | undefined): boolean {
  const parts = version === undefined ? null : /^0*(\d{1,4})\.\d{1,4}$/.exec(version);
  return parts !== null && Number(parts[1]) >= 1;
}

/** Where one domain is served there is no doubt whom a header without `to` means. RFC 6120 §4.7.2 */
function domainOf(to: string | undefined, domains: readonly string[]): string | undefined {
  if (to === undefined) return domains.length === 1 ? domains[0] : undefined;
  const domain = prepareDomain(to);
  return domain !== undefined && domains.includes(domain) ? domain : undefined;
}
