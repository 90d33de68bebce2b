// What the page shows. Everything from outside is put in as text, never as HTML.

const byId = (id) => document.getElementById(id);
const STEPS = "guest-chat:steps";

/** Steps outlast the way to the server's pages and back. */
const steps = JSON.parse(sessionStorage.getItem(STEPS) ?? "[]");
for (const one of steps) addStep(one);

/** `rule`: where it is written. */
export function step(text, rule, detail) {
  steps.push({ text, rule, detail });
  sessionStorage.setItem(STEPS, JSON.stringify(steps));
  addStep({ text, rule, detail });
}

export function noSteps() {
  steps.length = 0;
  sessionStorage.removeItem(STEPS);
  byId("steps").replaceChildren();
  byId("nothing").hidden = false;
}

function addStep({ text, rule, detail }) {
  const item = element("li", {}, element("b", {}, text));
  if (rule) item.append(" ", element("small", {}, rule));
  if (detail) item.append(element("code", {}, detail));
  byId("nothing").hidden = true;
  byId("steps").append(item);
  toEnd(document.querySelector("aside"));
}

export function showStart(problem = "") {
  byId("start").hidden = false;
  byId("chat").hidden = true;
  document.querySelector(".me").hidden = true;
  byId("problem").textContent = problem;
  busy(false);
}

export function showChat(address) {
  byId("start").hidden = true;
  byId("chat").hidden = false;
  document.querySelector(".me").hidden = false;
  byId("me").textContent = address;
}

export function busy(isBusy) {
  for (const field of byId("ask").querySelectorAll("input, button")) field.disabled = isBusy;
}

const contacts = new Map();
const conversations = new Map();
let open = null;

export function forgetContacts() {
  contacts.clear();
  byId("contacts").replaceChildren();
  byId("nobody").hidden = false;
}

export function forgetTalk() {
  conversations.clear();
  open = null;
  byId("messages").replaceChildren();
  byId("say").hidden = true;
  byId("with").textContent = "Choose somebody to talk to.";
}

/** Without a name: it is no contact any more. */
export function showContact(address, name) {
  contacts.get(address)?.remove();
  contacts.delete(address);
  if (name !== undefined) {
    const button = element(
      "button",
      { type: "button" },
      element("b", {}, name),
      " ",
      element("small", { className: "address" }, address),
    );
    button.addEventListener("click", () => openTalk(address));
    const item = element("li", {}, element("span", { className: "dot" }), button);
    item.dataset.address = address;
    contacts.set(address, item);
    showPresence(address, undefined);
    byId("contacts").append(item);
  }
  byId("nobody").hidden = contacts.size > 0;
  if (open === address) openTalk(address);
}

export function showPresence(address, show = "offline") {
  const item = contacts.get(address);
  if (item === undefined) return;
  item.dataset.show = show;
  item.querySelector(".dot").title = show;
  item.querySelector("button").setAttribute("aria-description", show);
}

export function showMessage(address, text, isOwn) {
  const talk = conversations.get(address) ?? [];
  talk.push({ text, isOwn });
  conversations.set(address, talk);
  if (open === null && !isOwn) openTalk(address);
  else if (open === address) addMessage({ text, isOwn });
  else contacts.get(address)?.classList.add("unread");
}

/** With whom. */
export function talkingTo() {
  return open;
}

function openTalk(address) {
  open = address;
  for (const [one, item] of contacts) item.classList.toggle("open", one === address);
  contacts.get(address)?.classList.remove("unread");
  byId("with").textContent = contacts.get(address)?.querySelector("b").textContent ?? address;
  byId("messages").replaceChildren();
  for (const message of conversations.get(address) ?? []) addMessage(message);
  byId("say").hidden = false;
  byId("text").focus();
}

function addMessage({ text, isOwn }) {
  const item = element("li", { className: isOwn ? "own" : "" }, text);
  byId("messages").append(item);
  toEnd(byId("messages"));
}

/** Within its own frame: the page itself stays where it is. */
function toEnd(list) {
  list.scrollTop = list.scrollHeight;
}

function element(name, properties, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}
