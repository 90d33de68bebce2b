/** `POST /roster_admin/edges`: pairs of users connected and disconnected, without a fetch. Contract §4 */
import { applyEdges, type Edges, type Pair } from "../../contacts/edges.ts";
import { prepareLocalpart } from "../../xmpp/jid/localpart.ts";
import { parseJson } from "../body.ts";
import { answerCall, type Call, type Calls, NO_STORE, yieldNow } from "../call.ts";
import type { HttpContext } from "../context.ts";
import { type Checked, pass, refuse } from "../problem.ts";
import type { EdgesAnswer } from "../schemas/edges.ts";

/** Pairs looked at before others get their turn. */
const SLICE = 10_000;

export function postEdges(context: HttpContext, calls: Calls): Promise<Response> {
  return answerCall(context, calls, { signed: true, limit: "maxBody" }, (call) => perform(call, calls));
}

async function perform({ domain, body }: Call, { options }: Calls): Promise<Response> {
  const json = parseJson(body);
  if (!json.ok) return json.response;
  const edges = await readEdges(json.value);
  if (!edges.ok) return edges.response;
  const done = await applyEdges(domain.contacts, edges.value, { domain: domain.name, yieldNow });
  const { connected, disconnected } = done;
  const fields = { domain: domain.name, connected, disconnected };
  const answer: EdgesAnswer = done.ok
    ? { status: "ok", connected, disconnected }
    : { status: "error", connected, disconnected, message: done.message };
  if (done.ok) options.log.info("edges changed", fields);
  else options.log.error("edges could not all be changed", { ...fields, reason: done.message });
  return Response.json(answer, { status: done.ok ? 200 : 500, headers: NO_STORE });
}

/** Each pair once, in whatever order its two were named. */
async function readEdges(json: unknown): Promise<Checked<Edges>> {
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    return refuse(400, 'The body is an object like {"connect":[["john","aaron"]],"disconnect":[]}.');
  }
  if (!Object.hasOwn(json, "connect") && !Object.hasOwn(json, "disconnect")) {
    return refuse(400, "The body has neither connect nor disconnect.");
  }
  const seen = new Map<string, keyof Edges>();
  const edges: Record<keyof Edges, Pair[]> = { connect: [], disconnect: [] };
  for (const kind of ["connect", "disconnect"] as const) {
    const pairs = Object.hasOwn(json, kind) ? Reflect.get(json, kind) : [];
    if (!Array.isArray(pairs)) return refuse(400, `${kind} must be a JSON array of pairs of usernames`);
    for (const [index, value] of pairs.entries()) {
      const pair = readPair(value, `${kind}[${index}]`);
      if (!pair.ok) return pair;
      const [a, b] = pair.value;
      const key = a < b ? `${a}@${b}` : `${b}@${a}`;
      const known = seen.get(key);
      if (known === undefined) edges[kind].push(pair.value);
      else if (known !== kind) {
        return refuse(400, `${kind}[${index}]: ${a} and ${b} are in connect already; a pair can be in one of the two`);
      }
      seen.set(key, kind);
      if (index % SLICE === SLICE - 1) await yieldNow();
    }
  }
  return pass(edges);
}

function readPair(value: unknown, where: string): Checked<Pair> {
  if (!Array.isArray(value) || value.length !== 2) return refuse(400, `${where} is not a pair of usernames`);
  const names: string[] = [];
  for (const [index, name] of value.entries()) {
    const username = typeof name === "string" ? prepareLocalpart(name) : undefined;
    if (username === undefined) {
      return refuse(400, `${where}[${index}] is not a username (the localpart of a JID, RFC 7622 §3.3)`);
    }
    names.push(username);
  }
  const [a = "", b = ""] = names;
  return a === b ? refuse(400, `${where}: nobody is a contact of themselves`) : pass([a, b]);
}
