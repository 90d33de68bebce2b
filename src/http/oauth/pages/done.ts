/** The end of what the person came for. */
import { html } from "../../html.ts";
import { page } from "./layout.ts";
import type { DoneProps } from "./props.ts";

export function donePage({ domain, title, text }: DoneProps): string {
  return page(
    { domain, title },
    html`<svg class="done" viewBox="0 0 48 48" width="56" height="56" aria-hidden="true"><circle cx="24" cy="24" r="21"/><path d="M15 25l6 6 12-13"/></svg>
<h1>${title}</h1>
<p>${text}</p>`,
  );
}
