/** Forms: all of them post, and all carry the token against forgery. */
import { type Html, html } from "../../html.ts";

interface Form {
  readonly action: string;
  readonly csrf: string;
  readonly className?: string;
}

export function postForm({ action, csrf, className }: Form, inside: Html): Html {
  return html`<form method="post" action="${action}"${className !== undefined && html` class="${className}"`}>
${hidden("csrf", csrf)}
${inside}
</form>`;
}

export function hidden(name: string, value: string): Html {
  return html`<input type="hidden" name="${name}" value="${value}"/>`;
}

interface Decision {
  readonly value: string;
  readonly label: string;
  readonly className: "primary" | "plain" | "link";
}

export function decision({ value, label, className }: Decision): Html {
  return html`<button class="${className}" name="decision" value="${value}">${label}</button>`;
}
