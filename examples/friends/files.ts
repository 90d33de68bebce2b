/** Files of a folder over HTTP: the application's own, and Converse.js out of node_modules. Nothing comes from elsewhere. */
import { readFile } from "node:fs/promises";
import { extname, join, resolve, sep } from "node:path";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".ttf": "font/ttf",
  ".mp3": "audio/mpeg",
  ".ogg": "audio/ogg",
  ".wasm": "application/wasm",
};

/** The file at `path` below `folder`; 404 for what is not there, lies outside or has an unknown ending. */
export async function fileResponse(folder: string, path: string, cacheControl: string): Promise<Response> {
  const file = join(folder, path);
  const type = TYPES[extname(file)];
  if (type === undefined || !file.startsWith(resolve(folder) + sep)) return notFound();
  try {
    return new Response(await readFile(file), { headers: { "Content-Type": type, "Cache-Control": cacheControl } });
  } catch {
    return notFound(); // whatever the reason is: a browser can do nothing about it
  }
}

function notFound(): Response {
  return new Response("Not found", { status: 404, headers: { "Content-Type": "text/plain; charset=utf-8" } });
}
