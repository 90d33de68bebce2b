/** RFC 6749 §4.1.2.1: what may not be told to the client's redirect is told to the person. */
import { html } from "../../html.ts";
import { page } from "./layout.ts";
import type { ErrorProps } from "./props.ts";

const TEXT = {
  advice:
    "Go back to the app that sent you here and start again. If that does not help, show this page to whoever runs the app.",
  reference: "For them:",
};

export function errorPage({ domain, status, title, detail, code }: ErrorProps): string {
  return page(
    { domain, title },
    html`<h1>${title}</h1>
<div class="alert" role="alert"><p>${detail}</p></div>
<p>${TEXT.advice}</p>
<p class="fine">${TEXT.reference} <code>${code !== undefined && `${code}, `}HTTP ${status}</code></p>`,
  );
}
