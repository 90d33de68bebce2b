// Keeps the people panel as the server renders it, and sends its forms without leaving the page.

const people = document.getElementById("people");
const notice = document.getElementById("notice");
const main = document.querySelector("main");

/** What the server last sent for each row: a row that did not change stays, with whatever is being typed into it. */
const sent = new Map([...people.querySelectorAll("[id]")].map((row) => [row.id, row.outerHTML]));

function show(markup) {
  const template = document.createElement("template");
  template.innerHTML = markup;
  const focused = document.activeElement;
  const focusedRow = focused?.closest?.("#people [id]")?.id;
  for (const row of template.content.querySelectorAll("[id]")) {
    const now = row.outerHTML;
    const shown = document.getElementById(row.id);
    if (shown && sent.get(row.id) === now) {
      shown.classList.remove("fresh");
      row.replaceWith(shown);
    } else row.classList.add("fresh");
    sent.set(row.id, now);
  }
  people.replaceChildren(template.content);
  if (!focusedRow) return;
  const again = people.contains(focused) ? focused : document.querySelector(`#${CSS.escape(focusedRow)} button`);
  again?.focus({ preventScroll: true });
}

/** Only a visible page listens: a browser keeps few connections to one host, and hidden tabs would use them up. */
let events = null;

function listen() {
  events?.close();
  events = document.hidden ? null : new EventSource(`/${main.dataset.user}/live`);
  events?.addEventListener("people", (event) => {
    say("");
    show(JSON.parse(event.data));
  });
  events?.addEventListener("error", () => say("The application does not answer. Is npm start still running?"));
}

document.addEventListener("visibilitychange", listen);
listen();

function say(text) {
  notice.textContent = text;
}

people.addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target;
  const button = form.querySelector("button");
  button.disabled = true;
  try {
    const body = new URLSearchParams(new FormData(form));
    const response = await fetch(form.action, { method: "POST", body, headers: { Accept: "application/json" } });
    if (response.status === 502) say(`Saved, but Kith was not reached: ${(await response.json()).reason}`);
  } catch {
    say("The application does not answer. Is npm start still running?");
  } finally {
    button.disabled = false;
    form.closest("details")?.removeAttribute("open");
  }
});

// On a phone one of the two halves is shown.
for (const tab of document.querySelectorAll(".tabs button")) {
  tab.addEventListener("click", () => {
    main.dataset.show = tab.dataset.show;
    for (const other of document.querySelectorAll(".tabs button")) other.ariaPressed = String(other === tab);
  });
}
