/** What happened at a step of the recorded flows (test/vectors/oauth2-flows.json), and what happens at Kith, in the same words. */
import type { Page } from "./browser.ts";

export interface RecordedStep {
  readonly variant: "seed" | "newest";
  readonly step: string;
  readonly status?: number;
  readonly location?: string;
  readonly body?: Readonly<Record<string, unknown>>;
  readonly page_text?: string;
  readonly reply?: string;
  readonly challenge_json?: string;
}

/** Of what a page says to what it is; the first that fits. */
const PAGES: readonly (readonly [RegExp, string])[] = [
  [/Is this your device\?/, "page: compare the code"],
  [/Authorization completed|Your device is logged in/, "page: the device is in"],
  [/Authorize new application|Allow this app\?/, "page: consent"],
  [/Sign in|type="password"/, "page: log in"],
  [/Here's your authorization code/, "page: the code to copy"],
  [/Authentication error|This did not work/, "page: error"],
];

export function outcomeOfStep({ status = 0, location, body, page_text, reply, challenge_json }: RecordedStep): string {
  if (reply !== undefined) return outcomeOfSasl(reply, challenge_json);
  if (location !== undefined) return outcomeOfRedirect(location);
  if (body !== undefined) return outcomeOfJson(status, body);
  return outcomeOfPage(status, page_text ?? "");
}

export async function outcomeOf(response: Response): Promise<string> {
  const location = response.headers.get("location");
  if (location !== null) return outcomeOfRedirect(location);
  const text = await response.text();
  if (!response.headers.get("content-type")?.startsWith("application/json"))
    return outcomeOfPage(response.status, text);
  return outcomeOfJson(response.status, JSON.parse(text) as Record<string, unknown>);
}

/** Where a browser ended that followed what is ours. */
export function outcomeOfBrowser({ url, status, text }: Page): string {
  return text === "" ? outcomeOfRedirect(url) : outcomeOfPage(status, text);
}

/** The element that came, and the JSON of a challenge. */
export function outcomeOfSasl(reply: string, challenge: string | undefined): string {
  const condition = /<failure[^>]*><([\w-]+)/.exec(reply)?.[1];
  if (condition !== undefined) return `failure ${condition}`;
  if (challenge === undefined) return /<success/.test(reply) ? "success" : reply;
  const { status, "openid-configuration": discovery } = JSON.parse(challenge) as Record<string, string>;
  return `challenge ${status}, ${String(discovery).replace(/^https?:\/\/[^/]+/, "")}`;
}

function outcomeOfRedirect(location: string): string {
  const { searchParams, hash } = new URL(location, "http://here.example");
  const told = hash === "" ? searchParams : new URLSearchParams(hash.slice(1));
  const names = ["iss", "state"].filter((name) => told.has(name)).join(", ");
  if (told.has("error")) return `redirect: ${told.get("error")}, ${names}`;
  return told.has("code") ? `redirect: a code, ${names}` : "redirect within the server";
}

function outcomeOfJson(status: number, body: Readonly<Record<string, unknown>>): string {
  if (body["error"] !== undefined) return `${status} ${body["error"]}`;
  if ("access_token" in body) return `tokens, ${String(body["token_type"]).toLowerCase()}`;
  if ("active" in body) return `active: ${body["active"]}`;
  if ("device_code" in body) return "a device code";
  return "sub" in body ? "userinfo" : `${status}`;
}

function outcomeOfPage(status: number, text: string): string {
  return PAGES.find(([pattern]) => pattern.test(text))?.[1] ?? String(status);
}
