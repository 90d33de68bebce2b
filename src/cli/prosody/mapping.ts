/** From the sections of prosody.cfg.lua to a configuration of Kith, and what is to be said about it. Pure but for `files`. */
import { isHttpUrl, isNetwork } from "../../config/fields.ts";
import { prepareDomain } from "../../xmpp/jid/domain.ts";
import { parseJid } from "../../xmpp/jid/jid.ts";
import { certificateOf, type Pair } from "./certificates.ts";
import { withIssuers } from "./issuers.ts";
import { listeningOf } from "./listening.ts";
import { asList, asText, asTexts, isUtf8, LuaTable, textOf } from "./lua-value.ts";
import type { Notice } from "./notice.ts";
import { limitsOf } from "./prosody-limits.ts";
import { moduleNotices } from "./prosody-modules.ts";
import { type Files, type Host, type Option, optionOf, type Sections } from "./sections.ts";

type Section = Record<string, unknown>;

export interface Mapping {
  /** As kith.config.json has it. */
  readonly value: Section;
  /** Those that are served, in their order. */
  readonly hosts: readonly Host[];
  readonly pair: Pair | undefined;
  readonly notices: readonly Notice[];
}

export interface MappingOptions {
  /** Relative paths of certificates begin here. */
  readonly folder: string;
  readonly files: Files;
  readonly hasIpv6: boolean;
  /** Names of the modules that this version of Kith has. */
  readonly modules: ReadonlySet<string>;
}

/** The default of mod_http_roster_admin. */
const DEFAULT_ROSTER_URL = "http://localhost/%s";
const PLACEHOLDER_URL = "http://127.0.0.1:3000/contacts/%s";

/** `value` has no domain when the file has no VirtualHost. */
export function mapSections(sections: Sections, options: MappingOptions): Mapping {
  const notices: Notice[] = [...sections.notices];
  const hosts = servedHosts(sections, notices);
  const listening = listeningOf(sections, options.hasIpv6);
  const certificate = certificateOf(sections, hosts, options.folder, options.files);
  const limits = limitsOf(sections);
  const found = hosts.map((host) => [host.name, domainOf(sections, host, notices)] as const);
  notices.push(...listening.notices, ...certificate.notices, ...limits.notices);
  notices.push(...moduleNotices(sections, hosts, options.modules), ...otherOptions(sections));
  const http = httpOf(sections, hosts, limits.maxBody, notices);
  const domains = withIssuers(found, http?.["publicUrl"], notices);
  const [only] = domains;
  const value = filled({
    ...(only !== undefined && domains.length === 1
      ? { domain: only[0], ...only[1] }
      : { domains: Object.fromEntries(domains) }),
    listen: listening.listen,
    tls: certificate.pair,
    http: domains.length === 1 ? filled({ ...http, ...sectionOf(only, "http") }) : http,
    limits: filled({ beforeLogin: filled(limits.beforeLogin), session: filled(limits.session) }),
  });
  return { value: value ?? {}, hosts, pair: certificate.pair, notices };
}

function sectionOf(domain: readonly [string, Readonly<Section>] | undefined, name: string): Readonly<Section> {
  const section = domain?.[1][name];
  return typeof section === "object" && section !== null ? (section as Section) : {};
}

/** Without members that are undefined; undefined when none is left. */
function filled(section: Readonly<Section>): Section | undefined {
  const entries = Object.entries(section).filter(([, value]) => value !== undefined);
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

function servedHosts({ hosts }: Sections, notices: Notice[]): readonly Host[] {
  return hosts.filter((host) => {
    if (host.component !== undefined) {
      notices.push({
        where: host.where,
        text: `The component ${host.name} (${host.component}) is left out: Kith serves people's domains only.`,
      });
      return false;
    }
    if (host.options.get("enabled")?.value !== false) return true;
    notices.push({ where: host.where, text: `${host.name} is not enabled: it is left out, with its accounts.` });
    return false;
  });
}

function domainOf(sections: Sections, host: Host, notices: Notice[]): Section {
  tellOfAccounts(sections, host, notices);
  const admins = adminsOf(sections, host);
  const section = {
    contacts: { url: contactsUrlOf(sections, host, notices) },
    ...(admins.length > 0 ? { admins } : {}),
  };
  const key = optionOf(sections, host, "oauth2_registration_key");
  if (typeof key?.value !== "string") return section;
  if (isUtf8(key.value)) return { ...section, oauth: { registrationKey: textOf(key.value) } };
  notices.push({ where: key.where, text: "The registration key is not UTF-8, and is left out." });
  return section;
}

/** Those of this domain: Kith has administrators of domains, not of the whole server. */
function adminsOf(sections: Sections, host: Host): readonly string[] {
  const given = asTexts(optionOf(sections, host, "admins")?.value);
  return given.filter((text) => parseJid(text)?.domain === prepareDomain(host.name));
}

function contactsUrlOf(sections: Sections, host: Host, notices: Notice[]): string {
  const option = optionOf(sections, host, "http_roster_url");
  const isOn = [host.options, sections.global].some((options) =>
    asTexts(options.get("modules_enabled")?.value).includes("http_roster_admin"),
  );
  const preset = isOn ? DEFAULT_ROSTER_URL : undefined;
  const given = asText(option?.value) ?? preset;
  const url = given?.replace(/%%/g, "%"); // string.format writes %% for %
  if (url?.includes("%s") === true && isHttpUrl(url.replaceAll("%s", "x"))) return url;
  const why =
    given === undefined
      ? `${host.name} has no http_roster_url: Prosody itself kept the contacts, and they are not taken.`
      : `http_roster_url of ${host.name} is no http or https URL with %s.`;
  notices.push({
    where: option?.where ?? host.where,
    text: `${why} Put your application's address where ${PLACEHOLDER_URL} stands now.`,
  });
  return PLACEHOLDER_URL;
}

const INTERNAL = ["internal_hashed", "internal_plain"];

function tellOfAccounts(sections: Sections, host: Host, notices: Notice[]): void {
  const authentication = optionOf(sections, host, "authentication");
  const kind = asText(authentication?.value) ?? "internal_hashed";
  if (!INTERNAL.includes(kind) && authentication !== undefined) {
    notices.push({
      where: authentication.where,
      text: `${host.name} has its accounts from "${kind}", not from the data folder: make them with \`kith user import\`.`,
    });
  }
  const option = optionOf(sections, host, "storage");
  const storage =
    option?.value instanceof LuaTable ? (option.value.get("accounts") ?? option.value.get("*")) : option?.value;
  const store = asText(storage) ?? "internal";
  if (store !== "internal" && option !== undefined) {
    notices.push({
      where: option.where,
      text: `${host.name} has its accounts in "${store}": bring them into Prosody's internal storage with \`prosody-migrator\`, then import again.`,
    });
  }
}

function httpOf(
  sections: Sections,
  hosts: readonly Host[],
  maxBody: string | undefined,
  notices: Notice[],
): Section | undefined {
  const http: Section = { maxBody };
  const urls = hosts
    .map((host) => optionOf(sections, host, "http_external_url"))
    .filter((option) => option !== undefined);
  const [external] = urls;
  const publicUrl = asText(external?.value);
  if (publicUrl !== undefined && isHttpUrl(publicUrl)) http["publicUrl"] = publicUrl;
  else if (external !== undefined)
    notices.push({ where: external.where, text: "http_external_url is no http or https URL: it is left out." });
  for (const other of urls.filter(({ value }) => value !== external?.value)) {
    notices.push({ where: other.where, text: "Kith has one http.publicUrl for all domains: this one is left out." });
  }
  const proxies = sections.global.get("trusted_proxies");
  // Prosody believes proxies on its own machine without being told; with an external URL there is one.
  if (proxies !== undefined) http["trustProxy"] = trusted(proxies, notices);
  else if (publicUrl !== undefined) http["trustProxy"] = ["127.0.0.1", "::1"];
  return filled(http);
}

function trusted(option: Option, notices: Notice[]): readonly string[] {
  const given = option.value instanceof LuaTable ? asTexts(option.value) : asList(option.value).map(String);
  const wrong = given.filter((one) => !isNetwork(one));
  if (wrong.length > 0) {
    notices.push({
      where: option.where,
      text: `No address or network, left out of http.trustProxy: ${wrong.join(", ")}.`,
    });
  }
  return given.filter(isNetwork);
}

/** Options that became part of the configuration, or that mean nothing outside Prosody. */
const KNOWN = new Set(
  (
    "admins modules_enabled modules_disabled plugin_paths installer_plugin_path pidfile daemonize log statistics user group umask " +
    "prosody_user prosody_group run_as_root data_path use_libevent network_backend network_settings gc use_ipv4 use_ipv6 certificates ssl " +
    "certificate https_certificate https_ssl c2s_direct_tls_ssl legacy_ssl_ssl c2s_ports c2s_direct_tls_ports legacy_ssl_ports http_ports " +
    "https_ports interfaces interface local_interfaces c2s_interfaces c2s_interface http_interfaces http_interface authentication " +
    "http_roster_url http_external_url trusted_proxies oauth2_registration_key limits limits_resolution c2s_timeout c2s_close_timeout " +
    "smacks_hibernation_time c2s_stanza_size_limit c2s_unauthed_stanza_size_limit http_max_content_size storage default_storage enabled defined " +
    "default_iteration_count password_hash allow_registration c2s_require_encryption " +
    "modules component_module load_global_modules s2s_secure_auth s2s_insecure_domains s2s_secure_domains s2s_ports s2s_interfaces " +
    "archive_expires_after default_archive_policy max_archive_query_results consider_websocket_secure cross_domain_websocket cross_domain_bosh " +
    "consider_bosh_secure bosh_ports bosh_max_inactivity"
  ).split(" "),
);

const SENTENCES: Readonly<Record<string, string>> = {
  allow_unencrypted_plain_auth: "Kith takes passwords only inside TLS, on loopback also without after allowPlaintext.",
  c2s_require_encryption: "Kith takes logins only inside TLS, on loopback also without after allowPlaintext.",
  oauth2_registration_options: "Kith's client ids have the life that its documentation names.",
  http_paths: "Kith's paths are fixed: /roster_admin/…, /xmpp-websocket, /oauth2/….",
  http_host: "With one domain Kith serves any Host header; with several, the domain's own or ?domain=.",
  http_default_host: "With one domain Kith serves any Host header; with several, the domain's own or ?domain=.",
};

function otherOptions({ global, hosts }: Sections): readonly Notice[] {
  const notices: Notice[] = [];
  const people = hosts.filter((host) => host.component === undefined);
  for (const options of [global, ...people.map((host) => host.options)]) {
    for (const [name, { where, value }] of options) {
      if (KNOWN.has(name) && !(name === "c2s_require_encryption" && value === false)) continue;
      const text = Object.hasOwn(SENTENCES, name) ? SENTENCES[name] : undefined;
      notices.push({ where, text: `${name}: ${text ?? "Kith has no such option."}` });
    }
  }
  return notices;
}
