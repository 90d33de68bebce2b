/** A link that lets one device in, as a QR code for the device's camera. */
import { html } from "../../html.ts";
import { page } from "./layout.ts";
import { momentOf } from "./moments.ts";
import { plainName } from "./plain-name.ts";
import type { DeviceLinkProps } from "./props.ts";

const TEXT = {
  title: "Let a device in",
  nameless: "Your device",
  becomes: "will be logged in as",
  scan: "Scan this with the device, or with the app on it.",
  qr: "QR code that logs a device in",
  noQr: "The link is too long for a QR code: open it on the device.",
  open: "Open it on this device",
  link: "The link",
  ends: "It works once, and ends",
  care: "Whoever scans it or gets the link is logged in as you. Show it to nobody.",
  back: "Done",
};

export function deviceLinkPage({ domain, user, name, uri, qr, expires, back, now }: DeviceLinkProps): string {
  return page(
    { domain, title: TEXT.title },
    html`<h1>${TEXT.title}</h1>
<p class="lead"><strong><bdi>${plainName(name, TEXT.nameless)}</bdi></strong> ${TEXT.becomes} <strong class="jid"><bdi>${user}</bdi></strong></p>
${qr === undefined ? html`<p>${TEXT.noQr}</p>` : html`<p>${TEXT.scan}</p>\n<div class="qr" role="img" aria-label="${TEXT.qr}">${qr}</div>`}
<p>${TEXT.ends} ${momentOf(expires, now)}.</p>
<p class="care">${TEXT.care}</p>
<details><summary>${TEXT.link}</summary>
<p><code class="selectable">${uri}</code></p>
${mayOpen(uri) && html`<p><a href="${uri}">${TEXT.open}</a></p>`}</details>
<p><a class="button" href="${back}">${TEXT.back}</a></p>`,
  );
}

/** A link may run script in no browser. */
function mayOpen(uri: string): boolean {
  return /^(?:https|xmpp):/i.test(uri);
}
