/** Scopes as the pages show them. */
import { CLIENT_ALIAS, CLIENT_NORMAL, scopeFacts } from "../../login/oauth/scopes.ts";

export interface ConsentScope {
  readonly name: string;
  readonly title: string;
  readonly detail: string;
  /** It cannot be unticked: without it the program can do nothing. */
  readonly required: boolean;
}

/** Of a space-separated list; unknown ones are left out, as RFC 6749 §3.3 allows; the alias is shown once. */
export function consentScopes(scope: string): readonly ConsentScope[] {
  const names = new Set(scope.split(" "));
  if (names.has(CLIENT_NORMAL)) names.delete(CLIENT_ALIAS);
  const shown: ConsentScope[] = [];
  for (const name of names) {
    const facts = scopeFacts(name);
    if (facts === undefined) continue;
    shown.push({ ...facts, required: name === CLIENT_NORMAL || name === CLIENT_ALIAS || name === "openid" });
  }
  return shown;
}
