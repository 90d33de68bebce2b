/** A browser without scripts: cookies by path, redirects followed, and the forms of a page filled in and posted. */
import assert from "node:assert/strict";
import { SaxesParser } from "saxes";

export interface Form {
  readonly action: string;
  readonly method: string;
  /** Fields with the values that stand there; unticked boxes are absent. */
  readonly fields: Readonly<Record<string, readonly string[]>>;
  readonly inputs: readonly string[];
  readonly buttons: readonly { readonly name: string; readonly value: string; readonly text: string }[];
}

export interface Page {
  readonly url: string;
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly forms: readonly Form[];
}

/** Requests go to this origin with these headers, whatever their address says. */
export interface Via {
  readonly origin: string;
  readonly headers: Readonly<Record<string, string>>;
}

interface Cookie {
  readonly name: string;
  readonly value: string;
  readonly path: string;
}

/** RFC 6265, as far as one host needs it: a cookie is known by its name and path. */
export class Browser {
  readonly #cookies = new Map<string, Cookie>();
  readonly #via: Via | undefined;
  /** Every Set-Cookie line that came. */
  readonly setCookies: string[] = [];
  /** The status of every redirect. */
  readonly redirects: number[] = [];
  /** Every page that was shown. */
  readonly pages: Page[] = [];

  /** `via`: the proxy of a test, that stands between the addresses and the server. */
  constructor(via?: Via) {
    this.#via = via;
  }

  /** Follows redirects on this origin; an address elsewhere is where it ends, as `location` of the last answer. */
  async open(url: string, init: RequestInit = {}): Promise<Page> {
    const { origin } = new URL(url);
    let at = url;
    let request = init;
    for (let hops = 0; hops < 20; hops++) {
      const headers = new Headers(request.headers);
      const cookie = this.#header(new URL(at).pathname);
      if (cookie !== "") headers.set("cookie", cookie);
      headers.set("accept", "text/html");
      const response = await fetch(this.#address(at, headers), { ...request, headers, redirect: "manual" });
      for (const line of response.headers.getSetCookie()) this.#take(line);
      const location = response.headers.get("location");
      if (location === null || response.status < 300 || response.status > 399) {
        const page = await readPage(at, response);
        this.pages.push(page);
        return page;
      }
      this.redirects.push(response.status);
      const next = new URL(location, at);
      if (next.origin !== origin) {
        return { url: next.href, status: response.status, headers: response.headers, text: "", forms: [] };
      }
      at = next.href;
      request = {};
    }
    throw new Error(`${url} redirects without end`);
  }

  /** Posts a form of the page with what was typed, by its first button or the one that is named. */
  post(
    page: Page,
    form: Form | undefined,
    typed: Readonly<Record<string, string>> = {},
    button?: string,
  ): Promise<Page> {
    assert.ok(form !== undefined, `${page.url} has no such form: ${page.text.slice(0, 300)}`);
    const body = new URLSearchParams();
    for (const [name, values] of Object.entries(form.fields)) for (const value of values) body.append(name, value);
    for (const [name, value] of Object.entries(typed)) body.set(name, value);
    const pressed = button === undefined ? form.buttons[0] : form.buttons.find(({ value }) => value === button);
    if (pressed !== undefined && pressed.name !== "") body.set(pressed.name, pressed.value);
    return this.open(new URL(form.action || page.url, page.url).href, { method: "POST", body });
  }

  /** Of the last answers, by name. */
  cookie(name: string): string | undefined {
    return [...this.#cookies.values()].findLast((cookie) => cookie.name === name)?.value;
  }

  /** As if an answer had set it. */
  plant(line: string): void {
    this.#take(line);
  }

  forget(): void {
    this.#cookies.clear();
  }

  #address(at: string, headers: Headers): string {
    if (this.#via === undefined) return at;
    const { pathname, search } = new URL(at);
    for (const [name, value] of Object.entries(this.#via.headers)) headers.set(name, value);
    return this.#via.origin + pathname + search;
  }

  #header(path: string): string {
    const held = [...this.#cookies.values()].filter(
      (cookie) => path === cookie.path || path.startsWith(withSlash(cookie.path)),
    );
    return held.map(({ name, value }) => `${name}=${value}`).join("; ");
  }

  #take(line: string): void {
    this.setCookies.push(line);
    const [pair = "", ...attributes] = line.split(";").map((part) => part.trim());
    const [name = "", value = ""] = pair.split(/=(.*)/s);
    const read = (attribute: string): string | undefined =>
      attributes.find((text) => text.toLowerCase().startsWith(`${attribute}=`))?.slice(attribute.length + 1);
    const expires = read("expires");
    const path = read("path") ?? "/";
    const key = `${name} ${path}`;
    if (expires !== undefined && Date.parse(expires) < Date.now()) this.#cookies.delete(key);
    else this.#cookies.set(key, { name, value, path });
  }
}

function withSlash(path: string): string {
  return path.endsWith("/") ? path : `${path}/`;
}

async function readPage(url: string, response: Response): Promise<Page> {
  const text = await response.text();
  const isPage = response.headers.get("content-type")?.startsWith("text/html") === true;
  return { url, status: response.status, headers: response.headers, text, forms: isPage ? formsOf(text) : [] };
}

interface OpenForm {
  action: string;
  method: string;
  fields: Record<string, string[]>;
  inputs: string[];
  buttons: { name: string; value: string; text: string }[];
}

/** The pages are well-formed XML, so that one reader suffices. */
function formsOf(text: string): readonly Form[] {
  const forms: OpenForm[] = [];
  const parser = new SaxesParser();
  let isButton = false;
  parser.on("opentag", ({ name, attributes }) => {
    const read = (key: string): string => String(attributes[key] ?? "");
    const form = forms.at(-1);
    if (name === "form") {
      forms.push({ action: read("action"), method: read("method"), fields: {}, inputs: [], buttons: [] });
    } else if (name === "button" && form !== undefined) {
      isButton = true;
      form.buttons.push({ name: read("name"), value: read("value"), text: "" });
    } else if (name === "input" && form !== undefined) {
      form.inputs.push(read("name"));
      const isUnticked = read("type") === "checkbox" && attributes["checked"] === undefined;
      if (isUnticked || attributes["disabled"] !== undefined) return;
      const values = form.fields[read("name")] ?? [];
      form.fields[read("name")] = [...values, read("value")];
    }
  });
  parser.on("text", (said) => {
    const button = forms.at(-1)?.buttons.at(-1);
    if (isButton && button !== undefined) button.text += said;
  });
  parser.on("closetag", ({ name }) => {
    if (name === "button") isButton = false;
  });
  parser.write(text.replace(/^<!DOCTYPE html>/i, "")).close();
  return forms;
}
