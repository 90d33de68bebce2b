// One user's view: the list as it is held, what each contact's own list says, and why they do or do not see each other.
import { call } from "./api.js";
import { devices } from "./devices.js";
import { cell, el, say, showRows, table } from "./dom.js";
import { listState } from "./people.js";
import { count, duration, figure, moment, sourceWords, subscriptionWords } from "./words.js";

const AGAIN_MS = 5000;
const PAGE = 100;

export function title(user) {
  return user;
}

export function open(view, user, { fail }) {
  const facts = el("dl", { class: "facts" });
  const problems = el("ul", { class: "problems" });
  const problemsBox = el(
    "details",
    { class: "card", hidden: true },
    el("summary", {}, "Problems in this list"),
    problems,
  );
  const contacts = table(
    `Contacts of ${user}`,
    [{ text: "Contact" }, { text: "This list" }, { text: "Their list" }, { text: "Presence" }, { text: "Why?" }],
    { captionUnseen: true },
  );
  const none = el("p", { class: "empty", hidden: true }, "No contacts.");
  const pager = el("div", { class: "pager", role: "group", "aria-label": "Pages", hidden: true });
  const answer = el("div", { class: "answer" });
  const asked = el("input", {
    id: "explain-contact",
    required: true,
    autocomplete: "off",
    spellcheck: "false",
    placeholder: "marie@example.com",
  });
  let offset = 0;
  let closed = false;

  async function load() {
    try {
      const person = await call("person", { user, offset, limit: PAGE });
      if (closed) return;
      showFacts(facts, person);
      problemsBox.hidden = (person.list?.problems ?? 0) === 0;
      problems.replaceChildren(...(person.list?.named ?? []).map(problemItem));
      showRows(
        contacts.body,
        person.contacts.map((one) => ({ key: one.jid, value: one })),
        (one) => contactRow(one, explain),
      );
      contacts.node.hidden = person.contacts.length === 0;
      none.hidden = person.contacts.length > 0;
      showPager(person.list?.contacts ?? 0);
    } catch (error) {
      if (!closed) fail(error);
    }
  }

  function showPager(total) {
    pager.hidden = total <= PAGE;
    if (pager.hidden) return;
    const button = (text, to) => {
      const node = el("button", { type: "button", disabled: to < 0 || to >= total }, text);
      node.addEventListener("click", () => {
        offset = to;
        void load();
      });
      return node;
    };
    pager.replaceChildren(
      button("Previous", offset - PAGE),
      el(
        "span",
        { class: "soft" },
        `${figure(offset + 1)} to ${figure(Math.min(total, offset + PAGE))} of ${figure(total)}`,
      ),
      button("Next", offset + PAGE),
    );
  }

  async function explain(contact) {
    asked.value = contact;
    try {
      const explained = await call("explain", { user, contact });
      if (closed) return;
      answer.replaceChildren(...explanation(explained));
      answer.firstElementChild.scrollIntoView({ block: "nearest" });
    } catch (error) {
      if (closed) return;
      answer.replaceChildren(el("p", { class: "bad" }, error.message));
    }
  }
  const form = el(
    "form",
    { class: "tools" },
    el("label", { for: "explain-contact" }, `Why does ${user} see, or not see, `, asked),
    el("button", { type: "submit", class: "primary" }, "Explain"),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void explain(asked.value.trim());
  });

  view.append(
    el("p", { class: "back" }, el("a", { href: "#people" }, "← People")),
    el("h1", { tabindex: "-1" }, user),
    el("div", { class: "card" }, facts),
    problemsBox,
    el(
      "div",
      { class: "halves view-person" },
      el(
        "section",
        { class: "card", "aria-labelledby": "contacts-title" },
        el("h2", { id: "contacts-title" }, "Contacts"),
        none,
        contacts.node,
        pager,
      ),
      el(
        "section",
        { class: "card", "aria-labelledby": "explain-title" },
        el("h2", { id: "explain-title" }, "Explain"),
        form,
        answer,
      ),
    ),
  );
  void load();
  const again = setInterval(() => document.hidden || load(), AGAIN_MS);
  return {
    close() {
      closed = true;
      clearInterval(again);
    },
  };
}

function showFacts(facts, { jid, resources, list }) {
  const pairs = [
    ["Address", el("code", {}, jid)],
    ["Devices", devices(resources)],
    ["State of the list", listState(list)],
  ];
  if (list !== null) {
    pairs.push(
      ["Contacts", figure(list.contacts)],
      ["Source", sourceWords(list.source)],
      ["Confirmed", `${duration(list.age)} ago, at ${moment(list.fetchedAt)}`],
      ["Asked again", freshness(list)],
      ["Stands in for the application", list.usableUntil === null ? "always" : `until ${moment(list.usableUntil)}`],
      ["Version", el("code", {}, list.version)],
    );
  }
  const wide = new Set(["Address", "Confirmed", "Version", "Stands in for the application", "Asked again"]);
  const rows = pairs.map(([name, value]) =>
    el("div", { class: wide.has(name) ? "wide" : null }, el("dt", {}, name), el("dd", {}, value)),
  );
  facts.replaceChildren(...rows);
}

/** When the application is asked for it again. */
function freshness({ old, stale, fetchedAt, freshUntil, age }) {
  const left = (Date.parse(freshUntil) - Date.parse(fetchedAt)) / 1000 - age;
  if (old || stale || left <= 0) return "at the next login or refresh";
  return `at a refresh, and from ${moment(freshUntil)} at a login`;
}

function problemItem({ code, contact, text }) {
  return el(
    "li",
    {},
    el("code", {}, code),
    contact === null ? "" : ` ${contact}`,
    el("span", { class: "soft" }, ` ${text}`),
  );
}

function contactRow(contact, explain) {
  const { jid, name, groups, subscription, ask, until, theirs, online, sees, seen } = contact;
  const agrees = isAgreed(subscription, theirs);
  const why = el("button", { type: "button", "aria-label": `Explain ${jid}` }, "Why?");
  why.addEventListener("click", () => explain(jid));
  return el(
    "tr",
    {},
    el(
      "th",
      { scope: "row" },
      el(
        "span",
        { class: "who" },
        el("span", { class: `dot ${online ? "here" : "silent"}`, "aria-hidden": "true" }),
        name ?? jid,
      ),
      name !== null && el("small", {}, jid),
      el("span", { class: "unseen" }, online ? " online" : " offline"),
      groups.length > 0 &&
        el("span", { class: "groups" }, ...groups.map((group) => el("span", { class: "badge" }, group))),
    ),
    cell(
      "This list",
      {},
      subscriptionWords(subscription),
      ask && " (asked)",
      until !== null && el("small", {}, `ends ${moment(until)}`),
    ),
    cell(
      "Their list",
      {},
      theirs === "unknown"
        ? el("span", { class: "soft" }, "not held here")
        : el("span", { class: agrees ? null : "bad" }, subscriptionWords(theirs === "missing" ? null : theirs)),
    ),
    cell("Presence", {}, presence(sees, seen)),
    cell("Why?", {}, why),
  );
}

const MIRROR = { both: "both", to: "from", from: "to", none: "none" };

function isAgreed(mine, theirs) {
  if (theirs === "unknown") return true;
  return theirs === MIRROR[mine] || (theirs === "missing" && mine === "none");
}

function presence(sees, seen) {
  if (sees && seen) return el("span", { class: "good" }, el("span", { "aria-hidden": "true" }, "⇄ "), "both ways");
  if (sees) return el("span", {}, el("span", { "aria-hidden": "true" }, "← "), "theirs comes");
  if (seen) return el("span", {}, el("span", { "aria-hidden": "true" }, "→ "), "goes to them");
  return el("span", { class: "soft" }, "none");
}

function explanation({ visible, reasons, user, contact }) {
  const [verdict, ...others] = reasons;
  say(verdict);
  return [
    el("p", { class: visible ? "verdict good" : "verdict bad" }, verdict),
    el("ul", { class: "reasons" }, ...others.map((reason) => el("li", {}, reason))),
    el("div", { class: "sides" }, side(user, contact), side(contact, user)),
  ];
}

function side(one, other) {
  const { entry } = one;
  const pairs = [
    ["Has the other", entry === null ? "not listed" : subscriptionWords(entry.subscription)],
    ["Called", entry?.name ?? "–"],
    [
      "List",
      one.held ? `${one.stale ? "stale, " : ""}${sourceWords(one.source)}, ${duration(one.age)} old` : "not held",
    ],
    ["Devices", one.resources.length === 0 ? "offline" : count(one.resources.length, "device")],
  ];
  if (one.lastActivity !== null) pairs.push(["Last active", moment(one.lastActivity)]);
  return el(
    "section",
    { "aria-label": `${one.jid}, and how it has ${other.jid}` },
    el("h3", {}, one.jid),
    el(
      "dl",
      { class: "facts" },
      ...pairs.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value))),
    ),
  );
}
