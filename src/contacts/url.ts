/** Contract §1: where a user's contacts are asked for. G1, G2. */

export interface ContactsUrl {
  /** The URL for one user; undefined for `.` and `..`, which URL libraries fold away even when they are encoded. */
  for(username: string): string | undefined;
  /** `Basic …` when the configured URL carries user:password@, which no request line, log or message ever shows (G31). */
  readonly authorization: string | undefined;
  /** The template without its password: what may be shown. */
  readonly shown: string;
}

const PLACES = /%s|\{username\}/g;
/** Stands for the username while the template is made a URL: nothing that a URL parser changes. */
const MARK = "kith0username0here";

/** Undefined: `template` is no http(s) URL, or wants the username in its host or password. */
export function contactsUrl(template: string): ContactsUrl | undefined {
  const marked = template.replace(PLACES, MARK);
  if (!URL.canParse(marked)) return undefined;
  const url = new URL(marked);
  if (url.protocol !== "http:" && url.protocol !== "https:") return undefined;
  if (`${url.username}:${url.password}@${url.host}`.includes(MARK)) return undefined;
  const authorization = basicOf(url);
  url.username = "";
  url.password = "";
  url.hash = "";
  const parts = url.href.split(MARK);
  return {
    authorization,
    shown: parts.join("%s"),
    for(username) {
      if (username === "." || username === "..") return undefined;
      return parts.length === 1 ? url.href : parts.join(percentEncode(username));
    },
  };
}

/** RFC 3986 §2.3: all but unreserved characters are encoded, `! ' ( ) *` too. */
export function percentEncode(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function basicOf(url: URL): string | undefined {
  if (url.username === "" && url.password === "") return undefined;
  const bytes = new TextEncoder().encode(`${decode(url.username)}:${decode(url.password)}`);
  return `Basic ${btoa(String.fromCharCode(...bytes))}`; // RFC 7617
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) return text; // a lone % in a password means itself
    throw error;
  }
}
