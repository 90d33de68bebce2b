/** The configuration as contract §5 has it: one definition for type, check, defaults and docs/configuration.md. */
import { z } from "zod";
import { contactsUrl } from "../contacts/url.ts";
import { parseJid } from "../xmpp/jid/jid.ts";
import { accountsSchema } from "./accounts-schema.ts";
import {
  count,
  duration,
  flag,
  isHttpUrl,
  isListenAddress,
  isNetwork,
  oneOf,
  optionalText,
  port,
  size,
  text,
  texts,
} from "./fields.ts";
import { limitsSchema } from "./limits.ts";
import { oauthSchema } from "./oauth-schema.ts";

export const DEFAULT_STORAGE = "sqlite:./data/kith.sqlite";

const someText = (text: string): boolean => text.length > 0;
const isToken = (text: string): boolean => /^[A-Za-z0-9\-._~+/]+=*$/.test(text);
const isWebhookSecret = (text: string): boolean =>
  /^whsec_(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{4}|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{2}==)$/.test(text);

/** RFC 7518 §3.2: as long as the hash. */
const LEAST_SECRET = 32;
const WEBHOOK_SECRET = 'a Standard Webhooks secret, "whsec_" and base64';

/** What belongs to one domain: at the top beside `domain`, or inside `domains`. */
export const domainShape = {
  contacts: z
    .strictObject({
      url: optionalText(
        'an http or https URL in whose path or query "%s" stands for the username',
        'Where a person\'s contacts are, "%s" being the percent-encoded username. In a kith.config.ts `contacts` may be a function instead.',
        (text) => text.includes("%s") && contactsUrl(text) !== undefined,
      ),
      batchUrl: optionalText(
        "an http or https URL",
        "Where the contacts of many people are asked for at once, by POST; `contacts.url` is not asked then.",
        isHttpUrl,
      ),
      timeout: duration("5s", "Deadline of one call, body included."),
      maxBytes: size("8MiB", "Largest list that is read."),
      concurrency: count(64, 1, 10_000, "Calls to the application at once."),
      notFound: oneOf(
        ["error", "empty"],
        "error",
        '"error": 404 is a failed fetch and the last good copy stays. "empty": 404 is an empty list.',
      ),
      bearer: optionalText("a token", "Sent to the application as `Authorization: Bearer`.", isToken),
      secret: optionalText(WEBHOOK_SECRET, "Signs what Kith posts to the application.", isWebhookSecret),
    })
    .prefault({}),
  proposals: z
    .strictObject({
      url: optionalText(
        "an http or https URL",
        "Where changes that clients make to their contacts are proposed, by POST; null: clients cannot change contacts.",
        isHttpUrl,
      ),
    })
    .prefault({}),
  events: z
    .strictObject({
      url: optionalText(
        "an http or https URL",
        "Where events are posted: who is here, sessions, proposals, problems in lists. See events.md.",
        isHttpUrl,
      ),
      timeout: duration("10s", "Deadline of one try to post an event."),
      retryFor: duration("1d", "An event that could not be posted for this long is given up."),
      settle: duration(
        "2s",
        "Online and away are told when they have lasted for this long, however they change meanwhile.",
      ),
      grace: duration("10s", "Offline is told after this long, so that a page that is loaded again makes no noise."),
      addresses: flag(false, "Events of sessions tell the address of the client."),
    })
    .prefault({}),
  login: z
    .strictObject({
      url: optionalText(
        "an http or https URL",
        "Where the pages of Kith send people to be logged in by the application; null: they ask for the password themselves. See login.md.",
        isHttpUrl,
      ),
      secret: optionalText(
        `at least ${LEAST_SECRET} characters, or a Standard Webhooks secret`,
        "Signs the challenge that goes there and the answer that comes back; null: `contacts.secret`.",
        (text) => text.length >= LEAST_SECRET,
      ),
    })
    .prefault({}),
  accounts: accountsSchema,
  oauth: oauthSchema,
  admins: texts(
    'the bare JID of somebody of this domain, like "john@example.com"',
    "People who may run the commands of the server from their own client (XEP-0050). See login.md.",
    (text) => parseJid(text) !== undefined,
  ),
} as const;

export const domainSchema = z.strictObject({
  ...domainShape,
  http: z
    .strictObject({
      publicUrl: optionalText(
        "an http or https URL",
        "The address of this domain's HTTP side, where it is not that of the top `http.publicUrl`: each domain with `oauth` needs its own.",
        isHttpUrl,
      ),
      secrets: texts(
        WEBHOOK_SECRET,
        "Secrets by which this domain's application signs its calls; none: those of the top `http.secrets`.",
        isWebhookSecret,
      ),
    })
    .prefault({}),
});

/** What belongs to the whole server. */
export const serverShape = {
  listen: z
    .strictObject({
      address: text(
        "127.0.0.1",
        'an IP address like "127.0.0.1" or "::", or a name of this machine',
        "Address of all listeners; `::` or `0.0.0.0` for every one.",
        isListenAddress,
      ),
      c2s: port(5222, "XMPP with STARTTLS."),
      c2sTls: port(5223, "XMPP with TLS from the first byte (XEP-0368)."),
      http: port(5280, "HTTP and WebSocket."),
      https: port(5281, "HTTPS and WebSocket, with the same certificate."),
    })
    .prefault({}),
  tls: z
    .strictObject({
      cert: optionalText(
        "the path of a PEM file",
        "Certificate with its chain, PEM. Null: one is made and kept, for development.",
        someText,
      ),
      key: optionalText("the path of a PEM file", "Its private key, PEM.", someText),
    })
    .prefault({}),
  allowPlaintext: flag(false, "SASL PLAIN without TLS, no STARTTLS needed. Refused unless listen.address is loopback."),
  http: z
    .strictObject({
      auth: oneOf(
        ["token", "none"],
        "token",
        '"none": whoever reaches the port may refresh, as with mod_http_roster_admin. Refused unless listen.address is loopback.',
      ),
      tokens: texts(
        "a bearer token",
        "Tokens of the administration calls. None: one is made and kept in the data folder.",
        isToken,
      ),
      adminTokens: texts(
        "a bearer token",
        "Tokens that open the page at /admin, which shows and changes nothing, and no other call. None: one is made and kept in the data folder.",
        isToken,
      ),
      secrets: texts(
        WEBHOOK_SECRET,
        "Secrets by which the application signs its calls; two while one is replaced.",
        isWebhookSecret,
      ),
      publicUrl: optionalText(
        "an http or https URL",
        "The address by which clients reach the HTTP side, when a proxy stands before it.",
        isHttpUrl,
      ),
      trustProxy: texts(
        'an address or network like "10.0.0.0/8"',
        "Proxies whose Forwarded and X-Forwarded-… headers are believed.",
        isNetwork,
      ),
      maxBody: size("1MiB", "Largest body of a call; more is 413."),
      getRefresh: flag(false, "Serves GET /roster_admin/refresh/USERNAME, the form of mod_http_roster_admin."),
      openMetrics: flag(false, "Serves /metrics without a token."),
    })
    .prefault({}),
  storage: text(
    DEFAULT_STORAGE,
    '"sqlite:" and a path, or "memory"',
    "Where accounts and the last good lists are kept. The SQLite file's folder is the data folder.",
    (value) => /^(memory|sqlite:.+)$/s.test(value),
  ),
  limits: limitsSchema.prefault({}),
} as const;

export type DomainSettings = z.output<typeof domainSchema>;
export type ServerSettings = {
  readonly [Key in keyof typeof serverShape]: z.output<(typeof serverShape)[Key]>;
};

/** The configuration as a person writes it. */
export type ConfigInput = Partial<{
  readonly [Key in keyof typeof serverShape]: z.input<(typeof serverShape)[Key]>;
}> &
  Partial<{ readonly [Key in keyof typeof domainShape]: z.input<(typeof domainShape)[Key]> }> & {
    readonly domain?: string;
    readonly domains?: Readonly<Record<string, z.input<typeof domainSchema>>>;
  };
