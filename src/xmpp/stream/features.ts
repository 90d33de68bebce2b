/** RFC 6120 §4.3.2: the features of each step of the negotiation. */
import { NS_CLIENT } from "../stanza/stanza.ts";
import type { Element } from "../xml/element.ts";
import { escapeAttr, escapeText, serialise } from "../xml/write.ts";
import {
  NS_BIND,
  NS_BIND2,
  NS_CHANNEL_BINDING,
  NS_FAST,
  NS_INVITE_FEATURE,
  NS_LIMITS,
  NS_PREAUTH_FEATURE,
  NS_REGISTER_FEATURE,
  NS_SASL,
  NS_SASL2,
  NS_SESSION,
  NS_SM,
  NS_TLS,
} from "./namespaces.ts";
import type { Offer, StreamSettings } from "./state.ts";

/** XEP-0445 §3, XEP-0077 §8 */
const REGISTER = [NS_INVITE_FEATURE, NS_PREAUTH_FEATURE, NS_REGISTER_FEATURE]
  .map((ns) => `<register xmlns="${ns}"/>`)
  .join("");

/** What a client may log in by on this connection. RFC 6120 §5.3.1: nothing on an open line. */
export function offerTo(settings: StreamSettings, domain: string, from: string | undefined): Offer {
  if (!settings.maySasl()) return { domain, from, mechanisms: [], tokenMechanisms: [] };
  return {
    domain,
    from,
    mechanisms: settings.mechanisms(domain),
    tokenMechanisms: settings.tokenMechanisms(domain),
  };
}

/** Before login: STARTTLS while it can be had, SASL where it may begin. RFC 6120 §5.3.1, §6.3.3 */
export function featuresBeforeLogin(settings: StreamSettings, offer: Offer): string {
  let inner = "";
  const maySasl = settings.maySasl();
  if (settings.offersTls()) {
    inner += maySasl ? `<starttls xmlns="${NS_TLS}"/>` : `<starttls xmlns="${NS_TLS}"><required/></starttls>`;
  }
  // RFC 6120 §5.3.1: a required STARTTLS stands alone; no mechanism is shown to an open line.
  if (maySasl) {
    inner += channelBindings(settings.channelBindings());
    inner += authentication(offer, settings);
    inner += `<mechanisms xmlns="${NS_SASL}">${mechanisms(offer.mechanisms)}</mechanisms>`;
    if (settings.offersRegister(offer.domain)) inner += REGISTER;
  }
  return inner + limits(settings.advertised.bytesBefore, settings.advertised.idleSeconds);
}

/**
 * After login: binding (mandatory), the old session (optional), and what the modules offer. RFC 6120 §7.2. `isBound`: by
 * XEP-0386, so that the first two are over; `isManaged`: by XEP-0198, which is offered no more.
 */
export function featuresAfterLogin(
  settings: StreamSettings,
  domain: string,
  isBound: boolean,
  isManaged: boolean,
): string {
  let inner = "";
  if (!isBound) {
    inner += `<bind xmlns="${NS_BIND}"/>`;
    // COMPAT(RFC 3921 clients): those that know <optional/> skip it, the others ask and modules/legacy-session answers.
    inner += `<session xmlns="${NS_SESSION}"><optional/></session>`;
  }
  if (!isManaged) inner += `<sm xmlns="${NS_SM}"/>`; // XEP-0198 §2
  for (const feature of settings.features(domain)) inner += writeFeature(feature);
  return inner + limits(settings.advertised.bytesAfter, settings.advertised.idleSeconds);
}

/** XEP-0388 §2.1: never without a mechanism. What can be had inline: XEP-0386 §3.1, XEP-0484 §3.1, XEP-0198 §9. */
function authentication(offer: Offer, settings: StreamSettings): string {
  if (offer.mechanisms.length === 0) return "";
  let inline = bind2([...settings.inlineFeatures(), NS_SM]);
  if (settings.resumes) inline += `<sm xmlns="${NS_SM}"/>`;
  if (offer.tokenMechanisms.length > 0)
    inline += `<fast xmlns="${NS_FAST}">${mechanisms(offer.tokenMechanisms)}</fast>`;
  const inner = `${mechanisms(offer.mechanisms)}<inline>${inline}</inline>`;
  return `<authentication xmlns="${NS_SASL2}">${inner}</authentication>`;
}

/** XEP-0386 §3.1 */
function bind2(names: readonly string[]): string {
  let inner = "";
  for (const name of names) inner += `<feature var="${escapeAttr(name)}"/>`;
  return `<bind xmlns="${NS_BIND2}"><inline>${inner}</inline></bind>`;
}

function mechanisms(names: readonly string[]): string {
  let inner = "";
  for (const name of names) inner += `<mechanism>${escapeText(name)}</mechanism>`;
  return inner;
}

/** XEP-0478 §3.1 */
function limits(bytes: number, idleSeconds: number | undefined): string {
  const idle = idleSeconds === undefined ? "" : `<idle-seconds>${idleSeconds}</idle-seconds>`;
  return `<limits xmlns="${NS_LIMITS}"><max-bytes>${bytes}</max-bytes>${idle}</limits>`;
}

/** XEP-0440 §2: at least one type, or the element is absent. */
function channelBindings(types: readonly string[]): string {
  if (types.length === 0) return "";
  let inner = "";
  for (const type of types) inner += `<channel-binding type="${escapeAttr(type)}"/>`;
  return `<sasl-channel-binding xmlns="${NS_CHANNEL_BINDING}">${inner}</sasl-channel-binding>`;
}

/** The limits are this file's own: a second element of theirs would contradict it. */
function writeFeature(feature: Element): string {
  return feature.ns === NS_LIMITS ? "" : serialise(feature, NS_CLIENT);
}
