/** RFC 8628 §3.3: the person types the code that a device shows. */
import { html } from "../../html.ts";
import { postForm } from "./forms.ts";
import { alert, describedBy, page } from "./layout.ts";
import type { DeviceCodeProps } from "./props.ts";

const TEXT = {
  title: "Connect a device",
  lead: "Type the code that your device shows.",
  code: "Code",
  hint: "Large or small letters, with or without the dash.",
  continue: "Continue",
};

/** More than any code with what people put between its letters. */
const LONGEST = 40;

export function deviceCodePage({ domain, action, csrf, userCode, problem }: DeviceCodeProps): string {
  return page(
    { domain, title: TEXT.title, problem },
    html`<h1>${TEXT.title}</h1>
<p class="lead">${TEXT.lead}</p>
${alert(problem)}
${postForm(
  { action, csrf, csrfName: "xsrf" },
  html`<div class="field">
<label for="user_code">${TEXT.code}</label>
<input class="code" id="user_code" name="user_code" type="text" value="${userCode.slice(0, LONGEST)}" placeholder="XXXX-XXXX" required="required" maxlength="${LONGEST}" autocomplete="off" autocapitalize="characters" autocorrect="off" spellcheck="false" autofocus="autofocus"${describedBy(problem, "code-hint")}/>
<p class="fine" id="code-hint">${TEXT.hint}</p>
</div>
<button class="primary">${TEXT.continue}</button>`,
)}`,
  );
}
