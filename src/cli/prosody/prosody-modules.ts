/** What becomes of Prosody's modules: https://prosody.im/doc/modules. */
import { asTexts } from "./lua-value.ts";
import type { Notice } from "./notice.ts";
import { type Host, optionOf, type Sections } from "./sections.ts";

/** Kith does what they do, or needs nothing for it. */
const TAKEN = new Set(
  (
    "disco saslauth tls c2s http posix presence message iq roster http_roster_admin block_subscriptions storage_memory " +
    "storage_internal websocket ping time version limits authz_internal auth_internal_hashed auth_internal_plain " +
    "admin_shell admin_socket cron http_errors uptime cors carbons smacks"
  ).split(" "),
);

const FEDERATION = "Federation with other servers is not there yet.";
const ROOMS = "Rooms are not there yet.";
const OWN_ACCOUNTS = "Accounts are made by `kith user add`, or by your application; clients cannot register.";
const NOT_YET = "This is not there yet; clients do without it.";

const SENTENCES: Readonly<Record<string, string>> = {
  ...fill(["s2s", "dialback", "s2s_bidi", "s2s_auth_certs"], FEDERATION),
  ...fill(["muc", "muc_mam", "muc_unique"], ROOMS),
  ...fill(
    [
      "register",
      "register_ibr",
      "register_limits",
      "watchregistrations",
      "invites",
      "invites_adhoc",
      "invites_register",
      "user_account_management",
      "tombstones",
      "mimicking",
    ],
    OWN_ACCOUNTS,
  ),
  ...fill(
    [
      "blocklist",
      "bookmarks",
      "csi",
      "csi_simple",
      "pep",
      "private",
      "vcard",
      "vcard4",
      "vcard_legacy",
      "lastactivity",
      "turn_external",
      "external_services",
      "pubsub",
      "cloud_notify",
    ],
    NOT_YET,
  ),
  bosh: "BOSH (/http-bind) is not there yet: clients use the WebSocket at /xmpp-websocket.",
  mam: "A message archive is not there yet; messages kept by Prosody are not taken.",
  offline: "Messages to people who are offline are not kept yet; those kept by Prosody are not taken.",
  http_files: "Kith serves no files: the web server or your application does.",
  http_file_share: "File upload is not there yet.",
  http_upload: "File upload is not there yet.",
  proxy65: "File transfer through a proxy is not there yet.",
  http_openmetrics: "Kith serves /metrics, with the token of the HTTP side, or openly after http.openMetrics.",
  prometheus: "Kith serves /metrics, with the token of the HTTP side, or openly after http.openMetrics.",
  http_oauth2: "Only its registration key is taken.",
  groups: "Contacts, and their groups, come from your application.",
  ...fill(
    ["admin_adhoc", "admin_telnet", "admin_web", "announce", "motd", "welcome"],
    "Kith is operated by its commands and its HTTP side.",
  ),
  legacyauth: "The login of XEP-0078 is no longer offered by any server that follows RFC 6120.",
  server_contact_info: NOT_YET,
};

function fill(names: readonly string[], sentence: string): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, sentence]));
}

/** One sentence for each module that is enabled somewhere and not taken; those with the same sentence together. */
export function moduleNotices(
  sections: Sections,
  hosts: readonly Host[],
  available: ReadonlySet<string>,
): readonly Notice[] {
  const bySentence = new Map<string, Set<string>>();
  for (const host of [undefined, ...hosts]) {
    const disabled = new Set(asTexts(optionOf(sections, host, "modules_disabled")?.value));
    for (const name of asTexts(optionOf(sections, host, "modules_enabled")?.value)) {
      if (disabled.has(name) || TAKEN.has(name) || available.has(name)) continue;
      const sentence = Object.hasOwn(SENTENCES, name) ? SENTENCES[name] : undefined;
      const text = sentence ?? "Kith does not know this module: what it did is left out.";
      bySentence.set(text, (bySentence.get(text) ?? new Set()).add(name));
    }
  }
  return [...bySentence].map(([text, names]) => ({ where: `modules ${[...names].join(", ")}`, text }));
}
