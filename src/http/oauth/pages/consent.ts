/** May this app do this? RFC 6749 §10.2: the person is told who asks, for what, and where the answer goes. */
import { type Html, html } from "../../html.ts";
import { clientCard, clientName } from "./client-card.ts";
import { decision, hidden, postForm } from "./forms.ts";
import { alert, page } from "./layout.ts";
import type { ConsentProps, ScopeFacts } from "./props.ts";

const TEXT = {
  title: "Allow this app?",
  asks: "wants to use your account",
  wants: "It asks to",
  nothing: "It asks for nothing but who you are.",
  needed: "needed",
  care: "Anybody can give an app any name. Allow it only if you were using it just now. You can end this at any time, at “My apps and devices”.",
  allow: "Allow",
  deny: "Deny",
  switch: "Not you? Log in as somebody else",
};

export function consentPage({ domain, client, user, scopes, action, csrf, problem }: ConsentProps): string {
  const form = { action, csrf };
  return page(
    { domain, title: TEXT.title, problem },
    html`<h1>${TEXT.title}</h1>
<p class="lead"><strong>${clientName(client)}</strong> ${TEXT.asks} <strong class="jid"><bdi>${user}</bdi></strong></p>
${alert(problem)}
${clientCard(client)}
${postForm(
  form,
  html`${
    scopes.length === 0
      ? html`<p>${TEXT.nothing}</p>`
      : html`<fieldset class="scopes">
<legend>${TEXT.wants}</legend>
${scopes.map(scopeField)}
</fieldset>`
  }
<p class="fine">${TEXT.care}</p>
${decision({ value: "allow", label: TEXT.allow, className: "primary" })}`,
)}
${postForm(form, decision({ value: "deny", label: TEXT.deny, className: "plain" }))}
${postForm({ ...form, className: "apart" }, decision({ value: "switch", label: TEXT.switch, className: "link" }))}`,
  );
}

/** A box that is disabled is not sent: what is needed goes as a hidden field. */
function scopeField({ name, title, detail, required }: ScopeFacts, index: number): Html {
  const id = `scope-${index}`;
  const box = required
    ? html`<input type="checkbox" id="${id}" checked="checked" disabled="disabled" aria-describedby="${id}-detail"/>${hidden("scope", name)}`
    : html`<input type="checkbox" id="${id}" name="scope" value="${name}" checked="checked" aria-describedby="${id}-detail"/>`;
  return html`<div class="scope">${box}<div><label for="${id}">${title}</label>${required && html` <span class="badge">${TEXT.needed}</span>`}
<p class="fine" id="${id}-detail">${detail}</p></div></div>
`;
}
