// Numbers and times as people read them.

const number = new Intl.NumberFormat("en");
const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });

export function count(value, one, many = `${one}s`) {
  return `${number.format(value)} ${value === 1 ? one : many}`;
}

export function figure(value) {
  return number.format(value);
}

/** Seconds as the largest two units: 4 s, 3 min, 2 h 5 min, 3 d 4 h. */
export function duration(seconds) {
  const s = Math.max(0, Math.round(seconds));
  if (s < 60) return `${s} s`;
  const min = Math.floor(s / 60);
  if (min < 60) return min < 10 && s % 60 !== 0 ? `${min} min ${s % 60} s` : `${min} min`;
  const h = Math.floor(min / 60);
  if (h < 24) return min % 60 === 0 ? `${h} h` : `${h} h ${min % 60} min`;
  return h % 24 === 0 ? `${Math.floor(h / 24)} d` : `${Math.floor(h / 24)} d ${h % 24} h`;
}

export function milliseconds(ms) {
  if (ms >= 1000) return `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`;
  return `${ms < 10 ? ms.toFixed(ms < 1 || Number.isInteger(ms) ? 0 : 1) : Math.round(ms)} ms`;
}

/** The time of day, with the date where it was not today. */
export function moment(text) {
  const date = new Date(text);
  return date.toDateString() === new Date().toDateString() ? clock.format(date) : day.format(date);
}

/** Seconds from a moment to now, by the server's clock. */
export function since(text, now) {
  return (Date.parse(now) - Date.parse(text)) / 1000;
}

const SOURCES = {
  app: "application",
  put: "set by PUT",
  patch: "changed by PATCH",
  edges: "changed by edges",
  until: "a contact ended",
  proposal: "a proposal",
};

export function sourceWords(source) {
  return SOURCES[source] ?? source;
}

const KINDS = {
  refused: "connection refused",
  timeout: "no answer in time",
  "too-large": "answer too large",
  status: "wrong status",
  encoding: "content encoding",
  redirect: "redirect",
  "not-json": "not JSON",
  "not-an-object": "not an object",
  "circuit-open": "not asked: breaker open",
  queue: "waited too long for its turn",
  missing: "missing in the batch",
  failed: "broken off",
};

export function failureWords(kind) {
  return KINDS[kind] ?? kind;
}

const SUBSCRIPTIONS = {
  both: "both ways",
  to: "sees only",
  from: "is seen only",
  none: "neither",
};

/** How a list has somebody, in words; null: it does not. */
export function subscriptionWords(subscription) {
  return subscription === null ? "not listed" : (SUBSCRIPTIONS[subscription] ?? subscription);
}
