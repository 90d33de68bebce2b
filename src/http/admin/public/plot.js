// The latency of the application over the last half hour, or as much of it as there is: half of the fetches are below
// the line, most are below the top of the area.
import { el, svg } from "./dom.js";
import { count, milliseconds, moment } from "./words.js";

const HEIGHT = 190;
const LEFT = 52;
const RIGHT = 8;
const TOP = 10;
const BOTTOM = 24;
const WINDOWS = [3, 6, 15, 30];
const STEPS = [1, 2, 5];

export function createPlot() {
  const drawing = svg("svg", { height: HEIGHT, role: "img", class: "plot" });
  const words = el("p", { class: "fine" });
  const rows = el("tbody");
  const details = el(
    "details",
    {},
    el("summary", {}, "The same as a table"),
    el(
      "div",
      { class: "scroll", role: "region", tabindex: "0", "aria-label": "Latency as a table" },
      el(
        "table",
        {},
        el("caption", { class: "unseen" }, "Latency of the application, the latest first"),
        el(
          "thead",
          {},
          el(
            "tr",
            {},
            ...["From", "Fetches", "Failed", "Half below", "95 % are faster", "Longest"].map((text) =>
              el("th", { scope: "col" }, text),
            ),
          ),
        ),
        rows,
      ),
    ),
  );
  details.addEventListener("toggle", () => fillTable());
  let latest = null;
  function fillTable() {
    if (!details.open || latest === null) return;
    rows.replaceChildren(
      ...latest.latency
        .slice()
        .reverse()
        .map((slot) =>
          el(
            "tr",
            {},
            el("td", {}, moment(slot.at)),
            el("td", {}, String(slot.count)),
            el("td", {}, String(slot.failed)),
            ...[slot.p50, slot.p95, slot.max].map((ms) => el("td", {}, milliseconds(ms))),
          ),
        ),
    );
  }
  return {
    node: el("figure", { class: "latency" }, drawing, el("figcaption", {}, legend(), words), details),
    update(app, now) {
      latest = app;
      draw(drawing, words, app, now);
      fillTable();
    },
  };
}

function legend() {
  return el(
    "span",
    { class: "legend", "aria-hidden": "true" },
    el("span", { class: "key half" }, "half are faster"),
    el("span", { class: "key most" }, "95 % are faster"),
    el("span", { class: "key wrong" }, "failed"),
  );
}

function draw(drawing, words, app, now) {
  const width = Math.max(240, drawing.clientWidth);
  const end = Date.parse(now);
  const slots = app.latency;
  const minutes = windowOf(slots, end);
  const begin = end - minutes * 60_000;
  const longest = Math.max(10, ...slots.map((slot) => slot.p95)) * 1.15;
  const x = (at) => LEFT + ((Math.max(Date.parse(at), begin) - begin) / (end - begin)) * (width - LEFT - RIGHT);
  const y = (ms) => HEIGHT - BOTTOM - (Math.min(ms, longest) / longest) * (HEIGHT - TOP - BOTTOM);
  const text = summary(slots);
  drawing.setAttribute("aria-label", `Latency of the application in the last ${minutes} minutes. ${text}`);
  words.textContent = text;
  drawing.replaceChildren(
    ...lines(longest).flatMap((ms) => [
      svg("line", { class: "grid", x1: LEFT, x2: width - RIGHT, y1: y(ms), y2: y(ms) }),
      svg("text", { x: LEFT - 8, y: y(ms) + 4, "text-anchor": "end" }, milliseconds(ms)),
    ]),
    ...(width < 420 ? [1, 1 / 2, 0] : [1, 2 / 3, 1 / 3, 0]).map((part) => {
      const at = new Date(end - part * minutes * 60_000).toISOString();
      const anchor = part === 0 ? "end" : part === 1 ? "start" : "middle";
      const label = part === 0 ? "now" : `−${Math.round(part * minutes * 10) / 10} min`;
      return svg("text", { x: x(at), y: HEIGHT - 6, "text-anchor": anchor }, label);
    }),
    ...runs(slots, app.slot).flatMap((run) => drawRun(run, x, y, app.slot, end)),
    ...slots.filter((slot) => slot.failed > 0).map((slot) => failedMark(slot, x, y, app.slot, width)),
  );
}

/** Minutes that are shown: as few as hold all there is. */
function windowOf(slots, end) {
  const [oldest] = slots;
  const age = oldest === undefined ? 0 : (end - Date.parse(oldest.at)) / 60_000;
  return WINDOWS.find((minutes) => minutes >= age) ?? 30;
}

/** Slots without a gap between them: nothing is drawn where nothing was asked. */
function runs(slots, seconds) {
  const all = [];
  for (const slot of slots) {
    const run = all.at(-1);
    const before = run?.at(-1);
    if (before !== undefined && Date.parse(slot.at) - Date.parse(before.at) <= seconds * 3000) run.push(slot);
    else all.push([slot]);
  }
  return all;
}

function drawRun(run, x, y, seconds, end) {
  const points = run.flatMap((slot) => {
    const until = new Date(Math.min(end, Date.parse(slot.at) + seconds * 1000)).toISOString();
    return [
      [x(slot.at), slot],
      [Math.max(x(until), x(slot.at) + 2), slot],
    ];
  });
  const first = points[0][0];
  const last = points.at(-1)[0];
  const top = points.map(([at, slot]) => `${at.toFixed(1)} ${y(slot.p95).toFixed(1)}`).join(" L");
  const half = points.map(([at, slot]) => `${at.toFixed(1)} ${y(slot.p50).toFixed(1)}`).join(" L");
  return [
    svg("path", { class: "most", d: `M${first.toFixed(1)} ${y(0)} L${top} L${last.toFixed(1)} ${y(0)} Z` }),
    svg("path", { class: "half", d: `M${half}` }),
  ];
}

function failedMark(slot, x, y, seconds, width) {
  const middle = x(new Date(Date.parse(slot.at) + seconds * 500).toISOString());
  const height = 6 + 18 * (slot.failed / slot.count);
  return svg(
    "rect",
    { class: "wrong", x: Math.min(middle, width - RIGHT - 3) - 1.5, y: y(0) - height, width: 3, height, rx: 1.5 },
    svg("title", {}, `${count(slot.failed, "failed fetch", "failed fetches")} of ${slot.count} at ${moment(slot.at)}`),
  );
}

/** Two to four round numbers. */
function lines(longest) {
  for (let ten = 1; ; ten *= 10) {
    for (const step of STEPS) {
      const size = step * ten;
      if (longest / size <= 4) return Array.from({ length: Math.floor(longest / size) + 1 }, (_, at) => at * size);
    }
  }
}

function summary(slots) {
  if (slots.length === 0) return "Nothing was asked of the application in this time.";
  const fetches = slots.reduce((sum, slot) => sum + slot.count, 0);
  const failed = slots.reduce((sum, slot) => sum + slot.failed, 0);
  const half = slots.reduce((sum, slot) => sum + slot.p50 * slot.count, 0) / fetches;
  const longest = Math.max(...slots.map((slot) => slot.max));
  const parts = [
    count(fetches, "fetch", "fetches"),
    `typically ${milliseconds(half)}`,
    `longest ${milliseconds(longest)}`,
  ];
  parts.push(failed === 0 ? "none failed" : `${failed} failed`);
  return `${parts.join(", ")}.`;
}
