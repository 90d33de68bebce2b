// Calls of /admin/api with the token that the operator entered: kept for this tab only.

const KEY = "kith-admin-token";
const DOMAIN_KEY = "kith-admin-domain";
const PATIENCE_MS = 15_000;

/** `status` 0: no answer. */
export class CallError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

let token = sessionStorage.getItem(KEY);
let domain = sessionStorage.getItem(DOMAIN_KEY);

export function hasToken() {
  return token !== null;
}

export function keepToken(given) {
  token = given;
  sessionStorage.setItem(KEY, given);
}

export function dropToken() {
  token = null;
  sessionStorage.removeItem(KEY);
}

export function chooseDomain(name) {
  domain = name;
  sessionStorage.setItem(DOMAIN_KEY, name);
}

/** All that are served; the one that was chosen before stays chosen. */
export async function findDomains() {
  const served = await call("domains");
  if (!served.domains.includes(domain)) chooseDomain(served.domain);
  return { all: served.domains, chosen: domain };
}

/** Out of the address that `kith admin` prints; it does not stay in the history. */
export function takeTokenFromAddress() {
  const given = /^#token=([A-Za-z0-9\-._~+/]+=*)$/.exec(location.hash)?.[1];
  if (given === undefined) return;
  keepToken(given);
  history.replaceState(null, "", "#now");
}

/** @throws CallError */
export async function call(path, query = {}) {
  const parameters = new URLSearchParams(query);
  if (domain !== null && path !== "domains") parameters.set("domain", domain);
  let response;
  try {
    response = await fetch(`admin/api/${path}?${parameters}`, {
      headers: { authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
  } catch {
    throw new CallError(0, "The server does not answer.");
  }
  let body;
  try {
    body = await response.json();
  } catch {
    throw new CallError(response.status, `The server answered ${response.status}, without words.`);
  }
  if (!response.ok) throw new CallError(response.status, body.detail ?? `The server answered ${response.status}.`);
  return body;
}
