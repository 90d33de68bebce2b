/** XEP-0050: `<command/>` as it comes and goes, and its errors. */
import { StanzaError } from "../../xmpp/stanza/error.ts";
import { childOf, type Element, element } from "../../xmpp/xml/element.ts";
import { escapeAttr, escapeText } from "../../xmpp/xml/write.ts";
import { NS_DATA, writeForm } from "../data-forms.ts";
import type { Note } from "./command.ts";
import type { Shown } from "./run.ts";

export const NS_COMMANDS = "http://jabber.org/protocol/commands";

const ACTIONS = ["execute", "cancel", "prev", "next", "complete"] as const;
export type Action = (typeof ACTIONS)[number];

export interface CommandRequest {
  readonly node: string;
  readonly sessionId: string | undefined;
  readonly action: Action;
  readonly form: Element | undefined;
}

/** @throws StanzaError */
export function readCommand(payload: Element): CommandRequest {
  const { node, sessionid, action = "execute" } = payload.attrs;
  if (node === undefined) throw new StanzaError("bad-request", "A command has a node."); // XEP-0050 §4.1: MUST
  const known = ACTIONS.find((one) => one === action);
  if (known === undefined) throw commandError("malformed-action", "There is no such action.");
  return { node, sessionId: sessionid, action: known, form: childOf(payload, "x", NS_DATA) };
}

/** The content of the result. */
export function writeCommand(node: string, sessionId: string, shown: Shown): string {
  const head = `<command xmlns='${NS_COMMANDS}' node='${escapeAttr(node)}' sessionid='${escapeAttr(sessionId)}' status='${shown.status}' xml:lang='en'`;
  if (shown.status === "canceled") return `${head}/>`;
  const actions = shown.status === "executing" ? writeActions(shown.actions) : "";
  const form = shown.form === undefined ? "" : writeForm(shown.status === "executing" ? "form" : "result", shown.form);
  return `${head}>${actions}${shown.notes.map(writeNote).join("")}${form}</command>`;
}

/** XEP-0050 §3.4: the last one is the one that "execute" stands for. */
function writeActions(actions: readonly Action[]): string {
  return `<actions execute='${actions.at(-1)}'>${actions.map((action) => `<${action}/>`).join("")}</actions>`;
}

function writeNote({ type, text }: Note): string {
  return `<note type='${type}'>${escapeText(text)}</note>`;
}

/** XEP-0050 §4.4 */
export function commandError(
  condition: "bad-action" | "bad-payload" | "bad-sessionid" | "malformed-action" | "session-expired",
  text: string,
): StanzaError {
  const general = condition === "session-expired" ? "not-allowed" : "bad-request";
  return new StanzaError(general, text, undefined, element(condition, NS_COMMANDS));
}
