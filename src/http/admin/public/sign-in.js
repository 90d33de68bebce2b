// The form for the token.
import { dropToken, findDomains, keepToken } from "./api.js";
import { el } from "./dom.js";

export function showSignIn(view, reason, done) {
  const field = el("input", {
    id: "token",
    type: "password",
    autocomplete: "current-password",
    required: true,
    "aria-describedby": "token-help token-error",
    spellcheck: "false",
  });
  const error = el("p", { class: "bad", id: "token-error", role: "alert" }, reason);
  const button = el("button", { type: "submit", class: "primary" }, "Sign in");
  const form = el(
    "form",
    { class: "card sign-in" },
    el("h1", { tabindex: "-1" }, "Sign in"),
    el("label", { for: "token" }, "Token"),
    field,
    el(
      "p",
      { class: "fine", id: "token-help" },
      "It stands in ",
      el("code", {}, "admin.token"),
      " of the data folder, or in ",
      el("code", {}, "http.adminTokens"),
      " of the configuration. ",
      el("code", {}, "kith admin"),
      " prints an address that signs in. This tab keeps the token until it is closed.",
    ),
    error,
    button,
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    button.disabled = true;
    error.textContent = "";
    keepToken(field.value.trim());
    try {
      await findDomains();
      done();
    } catch (problem) {
      dropToken();
      error.textContent = problem.status === 401 ? "This token does not open the page." : problem.message;
      field.focus();
      field.select();
    } finally {
      button.disabled = false;
    }
  });
  view.replaceChildren(form);
  field.focus();
}
