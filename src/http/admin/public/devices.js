// The devices of a person, as small signs with words.
import { el } from "./dom.js";

const SHOWS = { away: "away", xa: "away for long", dnd: "do not disturb", chat: "free to chat" };

export function devices(resources) {
  if (resources.length === 0) return el("span", { class: "soft" }, "offline");
  return el("ul", { class: "devices" }, ...resources.map(device));
}

function device({ resource, available, show, status, interested }) {
  const state = available ? (show === "away" || show === "xa" ? "away" : show === "dnd" ? "busy" : "here") : "silent";
  const words = available ? (SHOWS[show] ?? "available") : "no presence sent";
  const more = [words, status, interested ? null : "did not ask for its contacts"].filter((part) => part !== null);
  return el(
    "li",
    { title: more.join(", ") },
    el("span", { class: `dot ${state}`, "aria-hidden": "true" }),
    resource,
    el("span", { class: "unseen" }, ` (${words})`),
  );
}
