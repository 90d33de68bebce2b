/** Namespaces of the stream itself: RFC 6120, RFC 7395 and the extensions that travel in its features. */
export const NS_STREAM = "http://etherx.jabber.org/streams";
export const NS_FRAMING = "urn:ietf:params:xml:ns:xmpp-framing";
export const NS_TLS = "urn:ietf:params:xml:ns:xmpp-tls";
export const NS_SASL = "urn:ietf:params:xml:ns:xmpp-sasl";
export const NS_BIND = "urn:ietf:params:xml:ns:xmpp-bind";
/** RFC 3921 §3: a session is started by binding; old clients still ask. */
export const NS_SESSION = "urn:ietf:params:xml:ns:xmpp-session";
/** XEP-0077: In-Band Registration. */
export const NS_REGISTER = "jabber:iq:register";
export const NS_REGISTER_FEATURE = "http://jabber.org/features/iq-register";
/** XEP-0445: Pre-Authenticated In-Band Registration. */
export const NS_PREAUTH = "urn:xmpp:pars:0";
export const NS_PREAUTH_FEATURE = "urn:xmpp:ibr-token:0";
/** COMPAT(Conversations, Monal, 2026): what XEP-0445 was called before, and what they look for. */
export const NS_INVITE_FEATURE = "urn:xmpp:invite";
/** XEP-0478: Stream Limits Advertisement. */
export const NS_LIMITS = "urn:xmpp:stream-limits:0";
/** XEP-0440: SASL Channel-Binding Type Capability. */
export const NS_CHANNEL_BINDING = "urn:xmpp:sasl-cb:0";
/** XEP-0388: Extensible SASL Profile. */
export const NS_SASL2 = "urn:xmpp:sasl:2";
/** XEP-0386: Bind 2. */
export const NS_BIND2 = "urn:xmpp:bind:0";
/** XEP-0198: Stream Management. */
export const NS_SM = "urn:xmpp:sm:3";
/** XEP-0484: Fast Authentication Streamlining Tokens. */
export const NS_FAST = "urn:xmpp:fast:0";
