/** XEP-0198: what the server says of stream management. */
import { NS_STANZAS, type StanzaCondition } from "../stanza/error.ts";
import { escapeAttr } from "../xml/write.ts";
import { NS_SM } from "./namespaces.ts";
import type { EnableAnswer } from "./state.ts";

/** XEP-0198 §4: how many stanzas were handled? */
export const REQUEST_TEXT = `<r xmlns="${NS_SM}"/>`;

/** XEP-0198 §4: so many. */
export function ackText(h: number): string {
  return `<a xmlns="${NS_SM}" h="${h}"/>`;
}

/** XEP-0198 §3 */
export function enabledText({ id, max }: EnableAnswer): string {
  if (id === undefined) return `<enabled xmlns="${NS_SM}"/>`;
  return `<enabled xmlns="${NS_SM}" id="${escapeAttr(id)}" resume="true" max="${max}"/>`;
}

/** XEP-0198 §5 */
export function resumedText(id: string, h: number): string {
  return `<resumed xmlns="${NS_SM}" previd="${escapeAttr(id)}" h="${h}"/>`;
}

/** XEP-0198 §6. `h`: stanzas that a session had handled that is gone. */
export function failedText(condition: StanzaCondition, h?: number): string {
  const handled = h === undefined ? "" : ` h="${h}"`;
  return `<failed xmlns="${NS_SM}"${handled}><${condition} xmlns="${NS_STANZAS}"/></failed>`;
}

/** XEP-0198 §6 */
export function tooHighText(h: number, sent: number): string {
  return `<handled-count-too-high xmlns="${NS_SM}" h="${h}" send-count="${sent}"/>`;
}
