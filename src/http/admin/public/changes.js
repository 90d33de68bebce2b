// Refreshes and edits as they come, each with what it changed.
import { el } from "./dom.js";
import { count, failureWords, milliseconds, moment, sourceWords } from "./words.js";

export function activityItem(activity) {
  const { kind, users, more } = activity;
  return el(
    "li",
    { class: activity.errors > 0 ? "activity failed" : "activity" },
    el(
      "p",
      { class: "line" },
      el("time", { datetime: activity.at }, moment(activity.at)),
      el("b", {}, title(activity)),
      kind === "refresh" && el("span", { class: "soft" }, `in ${milliseconds(activity.ms)}`),
      activity.errors > 0 && el("span", { class: "bad" }, `${activity.errors} failed`),
    ),
    users.length > 0 && el("ul", { class: "differences" }, ...users.slice(0, 5).map(userItem)),
    users.length > 5 &&
      el(
        "details",
        {},
        el("summary", {}, `${count(users.length - 5 + more, "more list")}`),
        el("ul", { class: "differences" }, ...users.slice(5).map(userItem)),
        more > 0 && el("p", { class: "soft" }, `and ${count(more, "list")} not named here`),
      ),
    users.length === 0 && el("p", { class: "soft" }, "no list is different"),
  );
}

function title({ kind, dryRun, updated, errors }) {
  if (kind !== "refresh") return sourceWords(kind)[0].toUpperCase() + sourceWords(kind).slice(1);
  return `${dryRun ? "Dry run" : "Refresh"} of ${count(updated + errors, "list")}`;
}

function userItem(change) {
  const link = el("a", { href: `#person/${encodeURIComponent(change.user)}` }, change.user);
  if (change.status === "error") {
    return el("li", {}, link, " ", el("span", { class: "bad", title: change.message }, failureWords(change.failure)));
  }
  return el(
    "li",
    {},
    link,
    part("plus", "+", "added", change.added),
    part("tilde", "~", "changed", change.changed),
    part("minus", "−", "removed", change.removed),
    !isDifferent(change) &&
      el("span", { class: "soft" }, change.offline ? "offline: asked at the next login" : "no difference"),
    change.more > 0 && el("span", { class: "soft" }, ` and ${change.more} more`),
  );
}

function isDifferent({ added, changed, removed }) {
  return added.length + changed.length + removed.length > 0;
}

function part(kind, sign, words, jids) {
  return jids.map((jid) =>
    el(
      "span",
      { class: `difference ${kind}` },
      el("span", { "aria-hidden": "true" }, sign),
      el("span", { class: "unseen" }, `${words} `),
      jid,
    ),
  );
}

/** For who hears the page: one sentence for what came. */
export function activityWords(activities) {
  const [first] = activities;
  if (first === undefined) return "";
  const changed = first.users.filter((change) => change.status === "ok" && isDifferent(change)).length + first.more;
  const text = `${title(first)}: ${changed === 0 ? "nothing changed" : `${count(changed, "list")} changed`}`;
  const failed = first.errors > 0 ? `, ${first.errors} failed` : "";
  return `${text}${failed}.${activities.length > 1 ? ` And ${activities.length - 1} before it.` : ""}`;
}
