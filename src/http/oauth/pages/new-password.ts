/** An app password, shown once: only its keys are kept. */
import { html } from "../../html.ts";
import { page } from "./layout.ts";
import { plainName } from "./plain-name.ts";
import type { NewPasswordProps } from "./props.ts";

const TEXT = {
  title: "Your new app password",
  for: "for",
  nameless: "an app",
  address: "Address",
  password: "Password",
  once: "It is shown this one time only. Put it into the app now: where it asks for your password, this is what it gets.",
  lost: "If you lose it, remove it and make another one.",
  back: "Done",
};

export function newPasswordPage({ domain, user, name, password, back }: NewPasswordProps): string {
  return page(
    { domain, title: TEXT.title },
    html`<h1>${TEXT.title}</h1>
<p class="lead">${TEXT.for} <strong><bdi>${plainName(name, TEXT.nameless)}</bdi></strong></p>
<dl class="secret">
<dt>${TEXT.address}</dt><dd><code>${user}</code></dd>
<dt>${TEXT.password}</dt><dd><code class="large">${password}</code></dd>
</dl>
<p class="care">${TEXT.once}</p>
<p class="fine">${TEXT.lost}</p>
<p><a class="button" href="${back}">${TEXT.back}</a></p>`,
  );
}
