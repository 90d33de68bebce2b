/** The pieces of the account page: sections, rows, and the forms that say by `kind` what they are for. */
import { type Html, html } from "../../html.ts";
import { hidden, postForm } from "./forms.ts";
import { dateOf, momentOf } from "./moments.ts";
import type { AccountKind, AccountProps } from "./props.ts";

const TEXT = { added: "Added on", used: "last used", unused: "never used" };

/** Names are cut when they are shown; what is longer is no name. */
const LONGEST_NAME = 60;

type Target = Pick<AccountProps, "action" | "csrf">;

interface SectionText {
  readonly title: string;
  readonly about: string;
  /** In place of the list. */
  readonly empty: string;
}

export function section(id: string, text: SectionText, rows: readonly Html[], add: Html | false = false): Html {
  return html`<section class="card" aria-labelledby="${id}"><h2 id="${id}">${text.title}</h2>
${rows.length === 0 ? html`<p class="empty">${text.empty}</p>` : html`<p class="fine">${text.about}</p>\n<ul class="rows">\n${rows}</ul>`}
${add}</section>`;
}

export function row(name: Html, facts: Html, form: Html): Html {
  return html`<li><div><h3>${name}</h3>${facts}</div>
${form}</li>
`;
}

/** When it came, and when it was here last. */
export function keptSince(
  { created, lastUsed }: { created: number; lastUsed: number | undefined },
  now?: number,
): Html {
  const used = lastUsed === undefined ? TEXT.unused : html`${TEXT.used} ${momentOf(lastUsed, now)}`;
  return html`${TEXT.added} ${dateOf(created)}, ${used}`;
}

interface KindForm {
  readonly kind: AccountKind;
  readonly id?: string;
  readonly label: string;
  /** Whose button it is: told to who does not see where it stands. */
  readonly of?: Html;
  readonly className?: "plain" | "bad";
}

export function kindForm({ action, csrf }: Target, { kind, id, label, of, className = "plain" }: KindForm): Html {
  return postForm(
    { action, csrf },
    html`${hidden("kind", kind)}${id !== undefined && hidden("id", id)}
<button class="${className}">${label}${of !== undefined && html`<span class="unseen"> ${of}</span>`}</button>`,
  );
}

interface AddForm {
  readonly kind: AccountKind;
  readonly label: string;
  readonly button: string;
}

export function addForm({ action, csrf }: Target, { kind, label, button }: AddForm): Html {
  return postForm(
    { action, csrf, className: "add" },
    html`${hidden("kind", kind)}
<div class="field"><label for="${kind}">${label}</label>
<input id="${kind}" name="name" type="text" required="required" maxlength="${LONGEST_NAME}" autocomplete="off"/></div>
<button class="plain">${button}</button>`,
  );
}
