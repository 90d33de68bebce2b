// Starts the page: signs in, asks how it is every two seconds while somebody looks, and shows one of the views.
import { call, chooseDomain, dropToken, findDomains, hasToken, takeTokenFromAddress } from "./api.js";
import * as audit from "./audit.js";
import { activityWords } from "./changes.js";
import { el, say } from "./dom.js";
import * as events from "./events.js";
import * as now from "./now.js";
import * as people from "./people.js";
import * as person from "./person.js";
import { showSignIn } from "./sign-in.js";

const VIEWS = { now, people, person, audit, events };
const EVERY_MS = 2000;
const SLOWEST_MS = 30_000;
const KEPT = 100;

const view = document.getElementById("view");
const nav = document.getElementById("nav");
const live = document.getElementById("live");
const liveText = document.getElementById("live-text");
const signOut = document.getElementById("sign-out");
const domains = document.getElementById("domains");

let current = null;
let latest = null;
let activities = [];
let failures = 0;
let timer;
/** Answers to questions of before a sign-out or another domain are not shown. */
let round = 0;

const shared = { activity: () => activities, fail };

takeTokenFromAddress();
if (hasToken()) void begin();
else askForToken("");

function askForToken(reason) {
  round++;
  clearTimeout(timer);
  current?.close?.();
  current = null;
  latest = null;
  activities = [];
  for (const node of [nav, live, signOut, domains]) node.hidden = true;
  document.title = "Kith";
  showSignIn(view, reason, () => void begin());
}

async function begin() {
  for (const node of [nav, live, signOut]) node.hidden = false;
  setLive("silent", "Connecting");
  const asked = round;
  try {
    showDomains(await findDomains());
  } catch (error) {
    if (asked !== round) return;
    fail(error);
    if (hasToken()) timer = setTimeout(() => void begin(), EVERY_MS * 2);
    return;
  }
  if (asked !== round) return;
  showView(false);
  void poll();
}

async function poll() {
  clearTimeout(timer);
  const asked = round;
  try {
    const overview = await call("overview", { since: latest?.last ?? 0 });
    if (asked === round) take(overview);
  } catch (error) {
    if (asked === round) fail(error);
  }
  if (asked !== round || !hasToken()) return;
  const pause = Math.min(SLOWEST_MS, EVERY_MS * 2 ** Math.min(failures, 5));
  timer = setTimeout(() => document.hidden || void poll(), pause);
}

document.addEventListener("visibilitychange", () => {
  if (!document.hidden && hasToken() && current !== null) void poll();
});

function take(overview) {
  const isFirst = latest === null;
  if (!isFirst && (overview.startedAt !== latest.startedAt || overview.last < latest.last)) activities = [];
  const known = new Set(activities.map((activity) => activity.id));
  const news = overview.activity.filter((activity) => !known.has(activity.id));
  activities = [...news, ...activities].slice(0, KEPT);
  announce(overview, isFirst ? [] : news);
  latest = overview;
  failures = 0;
  showState(overview);
  current?.update?.(overview);
}

/** What changed, for who hears the page. */
function announce(overview, news) {
  const was = latest?.app.breakerOpenSince ?? null;
  const is = overview.app.breakerOpenSince;
  if (latest !== null && (was === null) !== (is === null)) {
    say(is === null ? "The application answers again." : "The application fails: the circuit breaker is open.");
  } else if (news.length > 0) say(activityWords(news));
}

function showState({ app, events: told }) {
  const bad = app.breakerOpenSince !== null;
  setLive(bad ? "bad" : "here", bad ? "Application fails" : "Live");
  const link = nav.querySelector('[href="#events"]');
  link.dataset.count = told !== null && told.dead > 0 ? String(told.dead) : "";
}

function setLive(state, text) {
  live.firstElementChild.className = `dot ${state}`;
  if (liveText.textContent !== text) liveText.textContent = text;
}

function showDomains({ all, chosen }) {
  domains.hidden = all.length < 2;
  const select = domains.querySelector("select");
  select.replaceChildren(...all.map((name) => el("option", { value: name }, name)));
  select.value = chosen;
}

domains.querySelector("select").addEventListener("change", (event) => {
  chooseDomain(event.target.value);
  round++;
  latest = null;
  activities = [];
  showView(false);
  void poll();
});

/** A call has failed: a wrong token ends the visit, anything else is told and tried again. */
function fail(error) {
  if (error.status === 401) {
    dropToken();
    askForToken("The token does not open the page any more.");
    return;
  }
  if (error.status === 404) {
    view.querySelector(".notice")?.remove();
    view.append(el("p", { class: "notice", role: "status" }, error.message));
    return;
  }
  failures++;
  setLive("bad", error.status === 0 ? "No answer from Kith" : error.message);
}

signOut.addEventListener("click", () => {
  dropToken();
  askForToken("");
});

addEventListener("hashchange", () => {
  if (hasToken() && location.hash !== "#view") showView(true);
});

function showView(isMove) {
  const [name, ...rest] = location.hash.slice(1).split("/");
  const shown = Object.hasOwn(VIEWS, name) ? name : "now";
  const argument = decoded(rest.join("/"));
  current?.close?.();
  view.replaceChildren();
  view.dataset.view = shown;
  const module = VIEWS[shown];
  const heading = typeof module.title === "function" ? module.title(argument) : module.title;
  document.title = `${heading} · Kith`;
  const belongs = shown === "person" ? "people" : shown;
  for (const link of nav.children) {
    if (link.hash === `#${belongs}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  current = module.open(view, argument, shared);
  if (latest !== null) current.update?.(latest);
  if (isMove) {
    scrollTo(0, 0);
    view.querySelector("h1")?.focus({ preventScroll: true });
  }
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // typed by hand: as it stands
  }
}
