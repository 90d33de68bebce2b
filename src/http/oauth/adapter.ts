/** What the engine stores where: clients nowhere, grants and tokens in the storage, all else in memory (models.ts). */
import type { Adapter, AdapterFactory } from "oidc-provider";
import type { Clock } from "../../clock.ts";
import { tokenHash } from "../../login/oauth/check.ts";
import { redirectsOf } from "../../login/oauth/client-metadata.ts";
import { clientHash, type RegisteredClient } from "../../login/oauth/registration.ts";
import { scopeLimit } from "../../login/oauth/scopes.ts";
import type { Grant, OAuthStore } from "../../login/oauth/store.ts";
import { usernameOf } from "./account-id.ts";
import { clientFacts } from "./client-facts.ts";
import { ShortLived } from "./models.ts";

export interface AdapterOptions {
  /** Of the domain, prepared. */
  readonly name: string;
  readonly store: OAuthStore;
  /** Undefined: it is refused. */
  readonly clientOf: (clientId: string) => RegisteredClient | undefined;
  readonly clock: Clock;
  /** Things of each kind that are held in memory. */
  readonly underWay: number;
  /** Takes back a grant with all that came from it. */
  readonly revoke: (grantId: string) => void;
}

/**
 * Seconds that codes are remembered after they are over, so that a device is told "expired_token" (RFC 8628 §3.5), and a
 * code that comes back late still ends what was made from it (RFC 6749 §4.1.2).
 */
const KEPT_ON: Readonly<Record<string, number>> = { AuthorizationCode: 600, DeviceCode: 600 };

type Stored = Readonly<Record<string, unknown>>;

/** One set of models for all engines of a domain. */
export function createAdapter(options: AdapterOptions): AdapterFactory {
  const shortLived = new Map<string, Adapter>();
  return (model) => {
    switch (model) {
      case "Client":
        return clients(options);
      case "Grant":
        return grants(options);
      case "AccessToken":
      case "RefreshToken":
        return tokens(model, options);
      default: {
        const known =
          shortLived.get(model) ?? inMemory(new ShortLived(options.clock, options.underWay, KEPT_ON[model]));
        shortLived.set(model, known);
        return known;
      }
    }
  };
}

const nothing = async (): Promise<undefined> => undefined;
const NO_LOOKUPS = { findByUid: nothing, findByUserCode: nothing } as const;

/** A client id is its own registration: it is read, and never written. */
function clients({ clientOf }: AdapterOptions): Adapter {
  const never = async (): Promise<undefined> => {
    throw new TypeError("clients are not stored");
  };
  return {
    ...NO_LOOKUPS,
    find: async (id) => engineMetadata(clientOf(id)),
    upsert: never,
    consume: never,
    destroy: never,
    revokeByGrantId: never,
  };
}

const GRANT_TYPES = ["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code"];

/** Undefined: the id is refused, or its redirects break the rules (RFC 9700 §2.1), as those of other servers may. */
export function engineMetadata(client: RegisteredClient | undefined): Stored | undefined {
  const redirects = client && redirectsOf(client.metadata);
  if (client === undefined || redirects === undefined) return undefined;
  const { metadata } = client;
  const asked = metadata["grant_types"];
  // COMPAT(mod_http_oauth2, 2023): the first ancestor signed what was posted, without defaults.
  const grantTypes = Array.isArray(asked)
    ? asked.filter((type) => GRANT_TYPES.includes(type))
    : GRANT_TYPES.slice(0, 2);
  const hasCode = grantTypes.includes("authorization_code") && redirects.length > 0;
  const method = metadata["token_endpoint_auth_method"];
  const isPublic = method === "none";
  const { scope } = metadata;
  return {
    client_id: client.clientId,
    ...(isPublic ? {} : { client_secret: client.secret }),
    token_endpoint_auth_method: isPublic || method === "client_secret_post" ? method : "client_secret_basic",
    application_type: isWebApplication(metadata["application_type"], redirects) ? "web" : "native",
    redirect_uris: redirects,
    grant_types: hasCode ? grantTypes : grantTypes.filter((type) => type !== "authorization_code"),
    response_types: hasCode ? ["code"] : [],
    ...picked(metadata, ["client_name", "client_uri"]),
    scope: typeof scope === "string" ? scopeLimit(scope) : undefined,
  };
}

function isWebApplication(type: unknown, redirects: readonly string[]): boolean {
  return type === "web" || (type === undefined && (redirects[0]?.startsWith("https:") ?? false));
}

function picked(metadata: Stored, names: readonly string[]): Stored {
  return Object.fromEntries(
    names.map((name) => [name, metadata[name]]).filter(([, value]) => typeof value === "string"),
  );
}

function grants({ name: domain, store, clientOf, clock, revoke }: AdapterOptions): Adapter {
  return {
    ...NO_LOOKUPS,
    async find(id) {
      const grant = store.grant(id);
      return grant?.domain === domain ? (JSON.parse(grant.payload) as Stored) : undefined;
    },
    async upsert(id, payload) {
      const { accountId = "", clientId = "", openid } = payload;
      const username = usernameOf(accountId, domain);
      if (username === undefined) throw new TypeError("a grant is of somebody of this domain");
      const known = store.grant(id);
      const now = clock.now();
      const facts = clientFacts(clientOf(clientId));
      const grant: Grant = {
        id,
        domain,
        username,
        clientHash: clientHash(clientId),
        clientName: known?.clientName ?? facts.name,
        clientUri: known?.clientUri ?? facts.uri,
        target: known?.target ?? facts.target,
        scope: scopeOf(openid),
        created: known?.created ?? now,
        lastUsed: known?.lastUsed ?? now,
        payload: JSON.stringify(payload),
      };
      store.putGrant(grant);
    },
    consume: nothing,
    async destroy(id) {
      revoke(id);
    },
    async revokeByGrantId(grantId) {
      revoke(grantId);
    },
  };
}

function tokens(kind: "AccessToken" | "RefreshToken", { name: domain, store, clock }: AdapterOptions): Adapter {
  return {
    ...NO_LOOKUPS,
    async find(id) {
      const token = store.token(tokenHash(id));
      if (token === undefined || token.kind !== kind || token.domain !== domain) return undefined;
      // The text of the token itself is stored nowhere.
      const payload: Stored = { ...(JSON.parse(token.payload) as Stored), jti: id };
      return token.consumed === undefined ? payload : { ...payload, consumed: token.consumed };
    },
    async upsert(id, { jti: _, ...payload }, expiresIn = 0) {
      const { accountId = "", grantId = "", scope = "" } = payload;
      const username = usernameOf(accountId, domain);
      if (username === undefined) throw new TypeError("a token is of somebody of this domain");
      const expires = payload.exp ?? Math.floor(clock.now() / 1000) + expiresIn;
      const text = JSON.stringify({ ...payload, kind });
      store.putToken(tokenHash(id), {
        kind,
        domain,
        username,
        grantId,
        scope,
        expires,
        consumed: undefined,
        payload: text,
      });
    },
    async consume(id) {
      store.consumeToken(tokenHash(id), Math.floor(clock.now() / 1000));
    },
    async destroy(id) {
      store.removeToken(tokenHash(id));
    },
    async revokeByGrantId(grantId) {
      store.removeTokensOf(grantId);
    },
  };
}

function inMemory(held: ShortLived): Adapter {
  return {
    find: async (id) => held.get(id),
    findByUid: async (uid) => held.getByUid(uid),
    findByUserCode: async (userCode) => held.getByUserCode(userCode),
    upsert: async (id, payload, expiresIn = 0) => held.put(id, { ...payload }, expiresIn),
    consume: async (id) => held.consume(id),
    destroy: async (id) => held.remove(id),
    revokeByGrantId: async (grantId) => held.removeOf(grantId),
  };
}

function scopeOf(openid: unknown): string {
  const scope = typeof openid === "object" && openid !== null ? Reflect.get(openid, "scope") : undefined;
  return typeof scope === "string" ? scope : "";
}
