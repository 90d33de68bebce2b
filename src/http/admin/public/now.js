// The first view: how it is now.
import { activityItem } from "./changes.js";
import { cell, el, showRows, table } from "./dom.js";
import { createPlot } from "./plot.js";
import { count, duration, failureWords, figure, moment, since } from "./words.js";

export const title = "Now";

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
  return {
    update(overview) {
      showRows(tiles, tilesOf(overview), tile);
      plot.update(overview.app, overview.now);
      showRows(
        failures.body,
        overview.app.failures.map((failure) => ({ key: failure.kind, value: failure })),
        failureRow,
      );
      failures.node.hidden = overview.app.failures.length === 0;
      noFailures.hidden = !failures.node.hidden;
      showRows(
        feed,
        activity().map((one) => ({ key: one.id, value: one })),
        activityItem,
      );
      noChanges.hidden = feed.children.length > 0;
    },
  };
}

function tilesOf(overview) {
  const { app, lists, now } = overview;
  const wrong = lists.missing + lists.stale;
  const tiles = [
    {
      key: "people",
      label: "online",
      big: figure(overview.people),
      small: `on ${count(overview.sessions, "device")}`,
      href: "#people",
    },
    appTile(app, now),
    {
      key: "lists",
      label: "lists",
      big: wrong === 0 ? "Up to date" : count(wrong, "list"),
      small: listWords(lists),
      state: wrong === 0 ? (lists.problems === 0 ? "good" : "note") : "bad",
      href:
        lists.missing > 0
          ? "#people/missing"
          : lists.stale > 0
            ? "#people/stale"
            : lists.problems > 0
              ? "#people/problems"
              : "#people",
    },
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
  return { ...base, big: "Answers", small: `last ${ago(answeredAt, now)}, breaker closed`, state: "good" };
}

function ago(at, now) {
  const seconds = since(at, now);
  return seconds < 3 ? "just now" : `${duration(seconds)} ago`;
}

function listWords({ missing, stale, problems }) {
  const parts = [];
  if (missing > 0) parts.push(`${figure(missing)} not known`);
  if (stale > 0) parts.push(`${figure(stale)} stale`);
  if (problems > 0) parts.push(`${figure(problems)} with problems`);
  return parts.length === 0 ? "of all who are online" : parts.join(", ");
}

function eventsTile(events) {
  const base = { key: "events", label: "events", href: "#events" };
  if (events === null) return { ...base, big: "Off", small: "events.url is not set" };
  const big =
    events.dead > 0 ? `${figure(events.dead)} dead` : events.waiting === 0 ? "Delivered" : figure(events.waiting);
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
