/** What all pages of the authorization server have in common. Their markup is well-formed XML too. */
import { type Html, html } from "../../html.ts";

export interface Frame {
  readonly domain: string;
  readonly title: string;
  /** The page asks again, and says so first. */
  readonly problem?: string | undefined;
  /** For a page with lists. */
  readonly wide?: boolean;
}

const TEXT = { again: "Error: " };

export function page({ domain, title, problem, wide }: Frame, body: Html): string {
  return html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8"/>
<meta name="viewport" content="width=device-width, initial-scale=1"/>
<meta name="color-scheme" content="light dark"/>
<meta name="robots" content="noindex"/>
<title>${problem !== undefined && TEXT.again}${title} – ${domain}</title>
<link rel="icon" href="/oauth2/icon.svg" type="image/svg+xml"/>
<link rel="stylesheet" href="/oauth2/style.css"/>
</head>
<body>
<header class="brand"><svg class="mark" viewBox="0 0 32 32" width="30" height="30" aria-hidden="true"><circle cx="12" cy="16" r="8.5"/><circle cx="20" cy="16" r="8.5"/></svg> <bdi>${domain}</bdi></header>
<main class="${wide === true ? "wide" : "narrow"}">
${body}
</main>
</body>
</html>
`.text;
}

/** Above a form that has to be filled in again; fields refer to it by `describedBy`. */
export function alert(problem: string | undefined): Html {
  return html`${problem !== undefined && html`<div class="alert" role="alert" id="problem"><p>${problem}</p></div>`}`;
}

/** Attributes of a field that the problem may be about. */
export function describedBy(problem: string | undefined, hint?: string): Html {
  const ids = [problem === undefined ? undefined : "problem", hint].filter((id) => id !== undefined).join(" ");
  return html`${ids !== "" && html` aria-describedby="${ids}"`}${problem !== undefined && html` aria-invalid="true"`}`;
}
