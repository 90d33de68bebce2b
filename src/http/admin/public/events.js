// Events to the application: how many wait, and those that were given up.
import { call } from "./api.js";
import { cell, el, showRows, table } from "./dom.js";
import { figure, moment } from "./words.js";

export const title = "Events";

const AGAIN_MS = 5000;

export function open(view, _argument, { fail }) {
  const state = el("p", { role: "status" });
  const dead = table(
    "Events that were given up",
    [{ text: "Number" }, { text: "When" }, { text: "What" }, { text: "Of whom" }, { text: "Why it was given up" }],
    { captionUnseen: true },
  );
  const more = el("button", { type: "button", hidden: true }, "Show more");
  let limit = 50;
  let closed = false;

  async function load() {
    try {
      const events = await call("events", { limit });
      if (closed) return;
      const text = !events.sent
        ? "No events are sent: events.url is not set."
        : `${events.waiting === 0 ? "None" : figure(events.waiting)} waiting, ${events.dead === 0 ? "none" : figure(events.dead)} given up.`;
      if (state.textContent !== text) state.textContent = text;
      showRows(
        dead.body,
        events.letters.map((letter) => ({ key: letter.seq, value: letter })),
        letterRow,
      );
      dead.node.parentElement.hidden = events.letters.length === 0;
      more.hidden = events.letters.length >= events.dead || limit >= 500;
    } catch (error) {
      if (!closed) fail(error);
    }
  }
  more.addEventListener("click", () => {
    limit += 50;
    void load();
  });
  view.append(
    el("h1", { tabindex: "-1" }, "Events"),
    el(
      "p",
      { class: "lead" },
      "What Kith tells the application: who came and went, proposals, problems in lists. An event that the application does not take is sent again with longer and longer pauses, and given up after the last of them. ",
      el("code", {}, "POST /roster_admin/events/dead/retry"),
      " sends these once more.",
    ),
    state,
    el("div", { class: "card", hidden: true }, dead.node, more),
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

function letterRow({ seq, time, type, user, reason }) {
  return el(
    "tr",
    {},
    cell("Number", {}, String(seq)),
    cell("When", {}, moment(time)),
    el("th", { scope: "row" }, type),
    cell("Of whom", {}, el("a", { href: `#person/${encodeURIComponent(user)}` }, user)),
    cell("Why it was given up", { class: "soft" }, reason),
  );
}
