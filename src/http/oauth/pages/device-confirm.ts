/** RFC 8628 §3.3.1 and §5.4: somebody else may have sent the link, so the code is compared by the person first. */
import { type Html, html } from "../../html.ts";
import { clientCard } from "./client-card.ts";
import { button, hidden, postForm } from "./forms.ts";
import { page } from "./layout.ts";
import type { DeviceConfirmProps, ScopeFacts } from "./props.ts";

const TEXT = {
  title: "Is this your device?",
  lead: "It shows this code:",
  care: "Go on only if you see this code on your own device, in front of you. If somebody sent you here or told you the code, they want to get into your account: cancel.",
  wants: "It asks to",
  user: "You are logged in as",
  continue: "Continue",
  cancel: "Cancel",
};

export function deviceConfirmPage(props: DeviceConfirmProps): string {
  const { domain, client, user, userCode, action, csrf, scopes } = props;
  const code = hidden("user_code", userCode);
  const form = { action, csrf, csrfName: "xsrf" };
  return page(
    { domain, title: TEXT.title },
    html`<h1>${TEXT.title}</h1>
<p class="lead">${TEXT.lead}</p>
<p class="shown code">${userCode}</p>
<p class="care">${TEXT.care}</p>
${clientCard(client)}
${scopeList(scopes)}
${user !== undefined && html`<p>${TEXT.user} <strong class="jid"><bdi>${user}</bdi></strong>.</p>`}
${postForm(form, html`${code}${button({ name: "confirm", value: "yes", label: TEXT.continue, className: "primary" })}`)}
${postForm(form, html`${code}${button({ name: "abort", value: "yes", label: TEXT.cancel, className: "plain" })}`)}`,
  );
}

function scopeList(scopes: readonly ScopeFacts[]): Html {
  return html`${
    scopes.length > 0 &&
    html`<section class="scopes" aria-labelledby="wants"><h2 id="wants">${TEXT.wants}</h2>
<ul>
${scopes.map(({ title, detail }) => html`<li><strong>${title}</strong><p class="fine">${detail}</p></li>\n`)}
</ul></section>`
  }`;
}
