// Who is online, a page at a time, with the age and source of each list.
import { call } from "./api.js";
import { devices } from "./devices.js";
import { cell, el, say, showRows, table } from "./dom.js";
import { count, duration, figure, sourceWords } from "./words.js";

export const title = "People";

const TYPING_MS = 250;
/** The page that is looked at is asked for again. */
const AGAIN_MS = 5000;
const SHOWS = [
  ["all", "all who are online"],
  ["missing", "list not known"],
  ["stale", "list stale"],
  ["problems", "list with problems"],
];

export function open(view, argument, { fail }) {
  const show = SHOWS.some(([key]) => key === argument) ? argument : "all";
  const search = el("input", { id: "search", type: "search", autocomplete: "off", spellcheck: "false" });
  const filter = el(
    "select",
    { id: "filter" },
    ...SHOWS.map(([value, text]) => el("option", { value, selected: value === show }, text)),
  );
  const found = el("p", { class: "soft", id: "found" });
  const list = table(
    "People who are online",
    [
      { text: "Person" },
      { text: "Devices" },
      { text: "Contacts", number: true },
      { text: "Age", number: true },
      { text: "Source" },
      { text: "State" },
    ],
    { captionUnseen: true },
  );
  const before = el("button", { type: "button" }, "Previous");
  const after = el("button", { type: "button" }, "Next");
  const where = el("span", { class: "soft" });
  /** Where each page before this one began. */
  let starts = [""];
  let next = null;
  let asked = 0;

  async function load(announce) {
    const ticket = ++asked;
    try {
      const page = await call("people", { search: search.value, show: filter.value, after: starts.at(-1) });
      if (ticket !== asked) return;
      if (page.people.length === 0 && starts.length > 1) {
        starts.pop();
        return load(announce);
      }
      next = page.next;
      found.textContent =
        page.found === page.online
          ? `${count(page.online, "person", "people")} online`
          : `${figure(page.found)} of ${count(page.online, "person", "people")} online`;
      if (announce) say(found.textContent);
      showRows(
        list.body,
        page.people.map((one) => ({ key: one.user, value: one })),
        personRow,
      );
      list.node.hidden = page.people.length === 0;
      before.disabled = starts.length === 1;
      after.disabled = next === null;
      where.textContent = `page ${starts.length}`;
      pager.hidden = before.disabled && after.disabled;
    } catch (error) {
      if (ticket === asked) fail(error);
    }
  }

  function turn(change) {
    change();
    void load(true);
    view.scrollIntoView({ block: "start" });
  }
  before.addEventListener("click", () => turn(() => starts.pop()));
  after.addEventListener("click", () => turn(() => next !== null && starts.push(next)));
  let typing;
  search.addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(() => turn(() => (starts = [""])), TYPING_MS);
  });
  filter.addEventListener("change", () => turn(() => (starts = [""])));
  const form = el(
    "form",
    { class: "tools", role: "search" },
    el("label", { for: "search" }, "Search ", search),
    el("label", { for: "filter" }, "Show ", filter),
    el("button", { type: "submit" }, "Open this user"),
    found,
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (search.value.trim() !== "") location.hash = `#person/${encodeURIComponent(search.value.trim())}`;
  });
  const pager = el("div", { class: "pager", role: "group", "aria-label": "Pages", hidden: true }, before, where, after);
  view.append(el("h1", { tabindex: "-1" }, "People"), form, el("div", { class: "card" }, list.node, pager));
  void load(false);
  const again = setInterval(() => document.hidden || load(false), AGAIN_MS);
  return {
    close() {
      clearInterval(again);
      clearTimeout(typing);
      asked++;
    },
  };
}

function personRow({ user, resources, list }) {
  return el(
    "tr",
    {},
    el("th", { scope: "row" }, el("a", { href: `#person/${encodeURIComponent(user)}` }, user)),
    cell("Devices", {}, devices(resources)),
    cell("Contacts", { class: "number" }, list === null ? "–" : figure(list.contacts)),
    cell("Age", { class: "number" }, list === null ? "–" : duration(list.age)),
    cell("Source", {}, list === null ? "–" : sourceWords(list.source)),
    cell("State", {}, listState(list)),
  );
}

/** What is to be said about a list, the worst first. */
export function listState(list) {
  if (list === null) return el("span", { class: "badge bad" }, "not known");
  const badges = [];
  if (list.stale) badges.push(el("span", { class: "badge bad" }, "stale"));
  if (list.old) badges.push(el("span", { class: "badge" }, "marked old"));
  if (list.problems > 0) badges.push(el("span", { class: "badge note" }, count(list.problems, "problem")));
  return badges.length === 0 ? el("span", { class: "soft" }, "good") : badges;
}
