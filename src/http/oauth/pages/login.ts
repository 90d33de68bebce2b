/** Who are you? The one page that asks for a password. */
import { type Html, html } from "../../html.ts";
import { clientCard } from "./client-card.ts";
import { decision, postForm } from "./forms.ts";
import { alert, describedBy, page } from "./layout.ts";
import type { LoginProps } from "./props.ts";

const TEXT = {
  title: "Log in",
  own: "to see your apps and devices",
  app: "to go on with this app",
  username: "Username",
  hint: (domain: string) => `Your name at ${domain}, or your whole address.`,
  password: "Password",
  onlyHere: "The app does not see your password.",
  continue: "Continue",
  cancel: "Cancel",
};

export function loginPage(props: LoginProps): string {
  const { domain, client, action, csrf, problem, cancel } = props;
  return page(
    { domain, title: TEXT.title, problem },
    html`<h1>${TEXT.title}</h1>
<p class="lead">${client === undefined ? TEXT.own : TEXT.app}</p>
${alert(problem)}
${client !== undefined && clientCard(client)}
${postForm({ action, csrf }, fields(props))}
${cancel && postForm({ action, csrf }, decision({ value: "cancel", label: TEXT.cancel, className: "plain" }))}`,
  );
}

function fields({ domain, client, username, problem }: LoginProps): Html {
  const focus = html` autofocus="autofocus"`;
  return html`<div class="field">
<label for="username">${TEXT.username}</label>
<input id="username" name="username" type="text" value="${username}" required="required" autocomplete="username" autocapitalize="none" autocorrect="off" spellcheck="false"${describedBy(problem, "username-hint")}${username === "" && focus}/>
<p class="fine" id="username-hint">${TEXT.hint(domain)}</p>
</div>
<div class="field">
<label for="password">${TEXT.password}</label>
<input id="password" name="password" type="password" required="required" autocomplete="current-password"${describedBy(problem, client && "password-hint")}${username !== "" && focus}/>
${client !== undefined && html`<p class="fine" id="password-hint">${TEXT.onlyHere}</p>`}
</div>
<button class="primary">${TEXT.continue}</button>`;
}
