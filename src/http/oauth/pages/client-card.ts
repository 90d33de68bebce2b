/** The app that asks: its name, which proves nothing, and where the answer goes, which does. */
import { type Html, html } from "../../html.ts";
import { dateOf } from "./moments.ts";
import { plainName, plainText } from "./plain-name.ts";
import type { ClientFacts } from "./props.ts";

/** RFC 8628: nothing is sent back to this browser. */
export const DEVICE_TARGET = "a device without a browser";

const TEXT = {
  nameless: "An app without a name",
  asks: "The app that asks",
  sendsBack: "This will send you back to",
  device: "This will let in",
  saysOf: "It says that it comes from",
  registered: "Registered here on",
};

export function clientName({ name }: Pick<ClientFacts, "name">): Html {
  return html`<bdi>${plainName(name, TEXT.nameless)}</bdi>`;
}

export function clientCard(client: ClientFacts): Html {
  const { target, registered } = client;
  return html`<section class="client" aria-label="${TEXT.asks}">
<p class="client-name">${clientName(client)}</p>
<p class="client-target">${target === DEVICE_TARGET ? TEXT.device : TEXT.sendsBack} <strong><bdi>${plainText(target)}</bdi></strong></p>
${homeOf(client)}${registered !== undefined && html`<p class="fine">${TEXT.registered} ${dateOf(registered)}.</p>`}
</section>`;
}

/** Only the host, and only where it says more than the target; the rest of the address may say anything. No link: the person is in the middle of something. */
function homeOf({ uri, target }: ClientFacts): Html {
  if (uri === undefined || !URL.canParse(uri)) return html``;
  const { protocol, host } = new URL(uri);
  return html`${protocol === "https:" && host !== target && html`<p class="fine">${TEXT.saysOf} <bdi>${plainText(host)}</bdi>.</p>`}`;
}
