// The first view: how it is now.
import { activityItem } from "./changes.js";
import { cell, el, showRows, table } from "./dom.js";
import { createPlot } from "./plot.js";
import { count, duration, failureWords, figure, moment, since } from "./words.js";

export const title = "Now";

/** Refreshes shown before somebody asks for more. */
const FEW = 12;

export function open(view, _argument, { activity }) {
  const tiles = el("ul", { class: "tiles" });
  const plot = createPlot();
  const failures = table(
    "Failed fetches by kind, since the start",
    [{ text: "Kind" }, { text: "Times", number: true }, { text: "Last" }, { text: "Whose list" }, { text: "In words" }],
    { captionUnseen: true },
  );
  const noFailures = el("p", { class: "empty" }, "No fetch has failed since the start.");
  const feed = el("ol", { class: "feed", "aria-label": "Refreshes and edits, the latest first" });
  const older = el("button", { type: "button", hidden: true }, "Show older");
  let shown = FEW;
  let latest = null;
  older.addEventListener("click", () => {
    shown = Number.POSITIVE_INFINITY;
    shownNow.update(latest);
  });
  const noChanges = el("p", { class: "empty" }, "No refresh has come since the start.");
  view.append(
    el("h1", { tabindex: "-1" }, "Now"),
    tiles,
    el(
      "div",
      { class: "halves" },
      el(
        "section",
        { class: "card", "aria-labelledby": "changes-title" },
        el("h2", { id: "changes-title" }, "Refreshes and edits"),
        noChanges,
        feed,
        older,
      ),
      el(
        "div",
        { class: "stack" },
        el(
          "section",
          { class: "card", "aria-labelledby": "latency-title" },
          el("h2", { id: "latency-title" }, "How long the application takes"),
          plot.node,
        ),
        el(
          "section",
          { class: "card", "aria-labelledby": "failures-title" },
          el("h2", { id: "failures-title" }, "What failed"),
          noFailures,
          failures.node,
        ),
      ),
    ),
  );
  const shownNow = {
    update(overview) {
      latest = overview;
      showRows(tiles, tilesOf(overview), tile);
      plot.update(overview.app, overview.now);
      showRows(
        failures.body,
        overview.app.failures.map((failure) => ({ key: failure.kind, value: failure })),
        failureRow,
      );
      failures.node.hidden = overview.app.failures.length === 0;
      noFailures.hidden = !failures.node.hidden;
      const all = activity();
      showRows(
        feed,
        all.slice(0, shown).map((one) => ({ key: one.id, value: one })),
        activityItem,
      );
      noChanges.hidden = all.length > 0;
      older.hidden = all.length <= shown;
    },
  };
  return shownNow;
}

function tilesOf(overview) {
  const { app, lists, now } = overview;
  const tiles = [
    {
      key: "people",
      label: "online",
      big: figure(overview.people),
      small: `on ${count(overview.sessions, "device")}`,
      href: "#people",
    },
    appTile(app, now),
    listsTile(lists, overview.people),
    eventsTile(overview.events),
  ];
  return tiles.map((value) => ({ key: value.key, value }));
}

function appTile({ breakerOpenSince, answeredAt, failures, fetches }, now) {
  const base = { key: "app", label: "application" };
  if (breakerOpenSince !== null) {
    const small = `breaker open for ${duration(since(breakerOpenSince, now))}: asked once a second`;
    return { ...base, big: "Fails", small, state: "bad" };
  }
  if (fetches === 0) return { ...base, big: "Not asked yet", small: "the first login will ask" };
  const last = failures.find((failure) => failure.kind !== "circuit-open");
  const failsNow = last !== undefined && (answeredAt === null || last.at > answeredAt);
  if (failsNow)
    return { ...base, big: "Failing", small: `${failureWords(last.kind)}, ${ago(last.at, now)}`, state: "bad" };
  return { ...base, big: "Answers", small: `${ago(answeredAt, now)}, breaker closed`, state: "good" };
}

function ago(at, now) {
  const seconds = since(at, now);
  return seconds < 3 ? "just now" : `${duration(seconds)} ago`;
}

/** The worst is written large. */
function listsTile({ missing, stale, problems }, online) {
  const base = { key: "lists", label: "lists" };
  const all = [
    { count: missing, words: "not known", href: "#people/missing", state: "bad" },
    { count: stale, words: "stale", href: "#people/stale", state: "note" },
    { count: problems, words: "with problems", href: "#people/problems", state: "note" },
  ].filter((kind) => kind.count > 0);
  const [worst, ...others] = all;
  if (worst === undefined)
    return { ...base, big: "Up to date", small: "of all who are online", state: "good", href: "#people" };
  const rest = others.map((kind) => `, ${figure(kind.count)} ${kind.words}`).join("");
  const big = `${figure(worst.count)} ${worst.words}`;
  return { ...base, big, small: `of ${figure(online)} online${rest}`, state: worst.state, href: worst.href };
}

function eventsTile(events) {
  const base = { key: "events", label: "events", href: "#events" };
  if (events === null) return { ...base, big: "Off", small: "events.url is not set" };
  const big =
    events.dead > 0 ? `${figure(events.dead)} given up` : events.waiting === 0 ? "Delivered" : figure(events.waiting);
  const small = events.waiting === 0 ? "none is waiting" : `${figure(events.waiting)} waiting`;
  return { ...base, big, small, state: events.dead > 0 ? "bad" : "good" };
}

function tile({ label, big, small, state, href }) {
  const inside = [
    el("span", { class: "label" }, label),
    el(
      "span",
      { class: "big" },
      state !== undefined && el("span", { class: `dot ${state}`, "aria-hidden": "true" }),
      big,
    ),
    el("span", { class: "small" }, small),
  ];
  return el(
    "li",
    { class: `tile ${state ?? ""}` },
    href === undefined ? el("div", {}, ...inside) : el("a", { href }, ...inside),
  );
}

function failureRow(failure) {
  return el(
    "tr",
    {},
    el("th", { scope: "row" }, failureWords(failure.kind)),
    cell("Times", { class: "number" }, figure(failure.count)),
    cell("Last", {}, moment(failure.at)),
    cell("Whose list", {}, el("a", { href: `#person/${encodeURIComponent(failure.user)}` }, failure.user)),
    cell("In words", { class: "soft" }, failure.message),
  );
}
