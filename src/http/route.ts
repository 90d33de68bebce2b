/** Registers a path with its methods, so that every other method is a 405 that names them. RFC 9110 §15.5.6 */
import type { Hono } from "hono";
import type { HttpContext, HttpEnv } from "./context.ts";
import { problem } from "./problem.ts";

type Handler = (context: HttpContext) => Response | Promise<Response>;
export type Methods = Readonly<Partial<Record<"GET" | "POST" | "PUT" | "PATCH" | "DELETE", Handler>>>;

/** HEAD comes with GET, OPTIONS always, by `options` or here. `headers` go with every answer of this path. */
export function route(
  app: Hono<HttpEnv>,
  path: string,
  methods: Methods,
  headers: Readonly<Record<string, string>> = {},
  options?: Handler,
): void {
  const names = Object.keys(methods).flatMap((name) => (name === "GET" ? ["GET", "HEAD"] : [name]));
  const allow = [...names, "OPTIONS"].join(", ");
  const also = (response: Response): Response => {
    for (const [name, value] of Object.entries(headers)) response.headers.set(name, value);
    return response;
  };
  for (const [name, handler] of Object.entries(methods)) {
    app.on(name, path, async (context) => also(await handler(context)));
  }
  app.options(path, options ?? (() => also(new Response(null, { status: 204, headers: { allow } }))));
  app.all(path, (context) => {
    return also(problem(405, `${context.req.method} is not possible here, only ${allow}.`, { allow }));
  });
}
