// Pairs of held lists that do not agree: looked for when asked, a page at a time.
import { call } from "./api.js";
import { cell, el, showRows, table } from "./dom.js";
import { count, subscriptionWords } from "./words.js";

export const title = "Audit";

/** Pages asked for before the operator is asked whether to go on. */
const PAGES = 20;
const ENOUGH = 200;

export function open(view, _argument, { fail }) {
  const start = el("button", { type: "button", class: "primary" }, "Look again");
  const result = el("p", { role: "status" }, "Looking…");
  const list = table(
    "Pairs of lists that do not agree",
    [{ text: "One" }, { text: "The other" }, { text: "One has the other" }, { text: "The other has one" }],
    { captionUnseen: true },
  );
  const more = el("button", { type: "button", hidden: true }, "Look further");
  let all = [];
  let next = null;
  let run = 0;

  async function look(from) {
    const ticket = ++run;
    start.disabled = true;
    more.hidden = true;
    try {
      let after = from;
      const enough = all.length + ENOUGH;
      for (let pages = 0; pages < PAGES && all.length < enough; pages++) {
        const page = await call("audit", after === null ? {} : { after });
        if (ticket !== run) return;
        all.push(...page.disagreements);
        after = page.next;
        if (after === null) break;
      }
      next = after;
      show();
    } catch (error) {
      if (ticket !== run) return;
      result.textContent = "";
      fail(error);
    }
    start.disabled = false;
  }

  function show() {
    const found =
      all.length === 0
        ? "No two lists disagree"
        : `${count(all.length, "pair")} of lists ${all.length === 1 ? "disagrees" : "disagree"}`;
    result.textContent = `${found}${next === null ? "." : ", so far."}`;
    showRows(
      list.body,
      all.map((pair) => ({ key: `${pair.a} ${pair.b}`, value: pair })),
      pairRow,
    );
    list.node.hidden = all.length === 0;
    more.hidden = next === null;
  }

  start.addEventListener("click", () => {
    all = [];
    void look(null);
  });
  more.addEventListener("click", () => look(next));
  list.node.hidden = true;
  view.append(
    el("h1", { tabindex: "-1" }, "Audit"),
    el(
      "p",
      { class: "lead" },
      "Presence goes from one person to another only where both lists allow it. Here are people whose lists say different things: usually one of the two was not refreshed, or the application gave only one of them.",
    ),
    el("div", { class: "tools" }, start, result),
    el("div", { class: "card" }, list.node, more),
  );
  void look(null);
  return { close: () => run++ };
}

function pairRow({ a, b, a_lists_b, b_lists_a }) {
  const person = (user) => el("a", { href: `#person/${encodeURIComponent(user)}` }, user);
  return el(
    "tr",
    {},
    el("th", { scope: "row" }, person(a)),
    cell("The other", {}, person(b)),
    cell("One has the other", {}, entry(a_lists_b)),
    cell("The other has one", {}, entry(b_lists_a)),
  );
}

function entry(subscription) {
  return el("span", { class: subscription === null ? "bad" : null }, subscriptionWords(subscription));
}
