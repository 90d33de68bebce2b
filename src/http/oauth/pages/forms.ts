/** Forms: all of them post, and all carry the token against forgery. */
import { type Html, html } from "../../html.ts";

interface Form {
  readonly action: string;
  readonly csrf: string;
  /** The field that carries it, where the engine has its own name for it. */
  readonly csrfName?: string;
  readonly className?: string;
}

export function postForm({ action, csrf, csrfName = "csrf", className }: Form, inside: Html): Html {
  return html`<form method="post" action="${action}"${className !== undefined && html` class="${className}"`}>
${hidden(csrfName, csrf)}
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

export function decision(decided: Decision): Html {
  return button({ ...decided, name: "decision" });
}

export function button({ name, value, label, className }: Decision & { readonly name: string }): Html {
  return html`<button class="${className}" name="${name}" value="${value}">${label}</button>`;
}
