/** A page as an answer of the engine, which speaks Koa. */
import type { KoaContextWithOIDC } from "oidc-provider";
import { pageHeaders } from "./pages/headers.ts";

export function sendPage(
  context: KoaContextWithOIDC,
  html: string,
  { status = 200, formAction = [] }: { readonly status?: number; readonly formAction?: readonly string[] } = {},
): void {
  context.status = status;
  for (const [name, value] of Object.entries(pageHeaders(formAction))) context.set(name, value);
  context.body = html;
}
