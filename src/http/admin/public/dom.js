// Elements without markup in strings: the page's policy allows none, and names of people stay text.

const SVG = "http://www.w3.org/2000/svg";

/** `on…` are listeners, `data` and `aria` maps; null and false are left out. */
function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "data") Object.assign(node.dataset, value);
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...children.flat(Number.POSITIVE_INFINITY).filter((child) => child !== null && child !== false));
  return node;
}

export function el(name, attributes = {}, ...children) {
  return fill(document.createElement(name), attributes, children);
}

export function svg(name, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, name), attributes, children);
}

/** Shows rows by their keys: those whose content did not change stay as they are, with the focus in them. */
export function showRows(container, rows, render) {
  const known = new Map([...container.children].map((node) => [node.dataset.key, node]));
  const focused = document.activeElement?.closest?.("[data-key]");
  const hadFocus = focused !== null && container.contains(focused) ? document.activeElement : null;
  const shown = rows.map(({ key, value }) => {
    const text = JSON.stringify(value);
    const old = known.get(String(key));
    if (old?.dataset.value === text) return old;
    const node = render(value);
    node.dataset.key = String(key);
    node.dataset.value = text;
    if (old === undefined && known.size > 0) node.classList.add("fresh");
    return node;
  });
  if (shown.length === container.children.length && shown.every((node, at) => node === container.children[at])) return;
  container.replaceChildren(...shown);
  if (hadFocus === null || document.activeElement === hadFocus) return;
  const again = container.querySelector(`[data-key="${CSS.escape(focused.dataset.key)}"]`);
  (again?.querySelector(hadFocus.localName) ?? again)?.focus({ preventScroll: true });
}

/** A table with its caption and head, in a box that scrolls sideways by the keyboard too. `body` takes the rows. */
export function table(caption, heads, { captionUnseen = false } = {}) {
  const body = el("tbody");
  const node = el(
    "div",
    { class: "scroll", role: "region", tabindex: "0", "aria-label": caption },
    el(
      "table",
      {},
      el("caption", { class: captionUnseen ? "unseen" : null }, caption),
      el(
        "thead",
        {},
        el(
          "tr",
          {},
          ...heads.map((head) => el("th", { scope: "col", class: head.number ? "number" : null }, head.text)),
        ),
      ),
      body,
    ),
  );
  return { node, body };
}

/** A cell that carries its head's words, for when a narrow screen shows each row as a card. */
export function cell(head, attributes, ...children) {
  return el("td", { "data-head": head, ...attributes }, ...children);
}

const status = document.getElementById("said");
/** To who does not see the page. */
export function say(text) {
  status.textContent = text;
}
