/** One authorization under way, as the engine holds it: what it calls an interaction. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type Provider from "oidc-provider";
import { clientFacts, targetOf } from "./client-facts.ts";
import type { ClientFacts } from "./pages/props.ts";
import { seeOther, type Visit } from "./visit.ts";

export type Details = Awaited<ReturnType<Provider["interactionDetails"]>>;

export interface Interaction {
  readonly details: Details;
  readonly client: ClientFacts;
  readonly action: string;
  /** What the form's redirects may lead to. */
  readonly formAction: readonly string[];
}

/** The sockets' own objects: the engine reads its cookies from them. */
export interface NodeCall {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
}

/** The path of the cookie ties the two together: this browser began this very authorization. */
export async function interactionOf(
  { engine, domain, context }: Visit,
  { incoming, outgoing }: NodeCall,
): Promise<Interaction | undefined> {
  let details: Details;
  try {
    details = await engine.provider.interactionDetails(incoming, outgoing);
  } catch (error) {
    if (error instanceof Error && error.name === "SessionNotFound") return undefined;
    throw error;
  }
  if (details.uid !== context.req.param("uid")) return undefined;
  const { client_id: clientId, redirect_uri: redirect } = details.params;
  const target = typeof redirect === "string" ? redirect : undefined;
  const registered = typeof clientId === "string" ? domain.clientOf(clientId) : undefined;
  const facts = clientFacts(registered, target);
  return {
    details,
    client: details.deviceCode === undefined ? facts : { ...facts, target: targetOf(undefined) },
    action: `/oauth2/login/${details.uid}`,
    formAction: target === undefined ? [] : [target],
  };
}

/** The engine goes on with what came of it. `login`: who is logged in from now on. */
export async function finish(
  visit: Visit,
  { incoming, outgoing }: NodeCall,
  result: Parameters<Provider["interactionResult"]>[2],
  login?: { readonly username: string; readonly since: number },
): Promise<Response> {
  const returnTo = await visit.engine.provider.interactionResult(incoming, outgoing, result, {
    mergeWithLastSubmission: true,
  });
  return seeOther(visit, returnTo, login && visit.browsers.begin(login));
}
