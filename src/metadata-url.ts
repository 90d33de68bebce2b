/** Where clients find a domain's authorization server, when they ask by XMPP. */
import type { Config } from "./config/config.ts";
import { isLoopback } from "./config/fields.ts";
import { METADATA_PATH } from "./http/oauth/paths.ts";
import type { Ports } from "./listeners.ts";

/** Of `http.publicUrl`, or as well as it can be told from what is listened on. Undefined: no HTTP side is open. */
export function metadataUrl(config: Config, ports: Ports, domain: string): string | undefined {
  const own = config.domains.find((one) => one.domain === domain)?.http.publicUrl ?? config.http.publicUrl;
  if (own !== null) return new URL(METADATA_PATH, own).href;
  const { address } = config.listen;
  const here = isLoopback(address);
  const host = !here ? domain : address.includes(":") ? `[${address}]` : address;
  const { http, https } = ports;
  // On this machine the certificate is seldom one that programs know.
  if (here && http !== undefined) return `http://${host}:${http}${METADATA_PATH}`;
  if (https !== undefined) return `https://${host}${https === 443 ? "" : `:${https}`}${METADATA_PATH}`;
  return http === undefined ? undefined : `http://${host}:${http}${METADATA_PATH}`;
}
