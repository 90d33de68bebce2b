/** Kith's HTTP side as the application sees it, scripted: a `fetch` that remembers what it was asked. */

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Headers;
  readonly body: string;
  readonly signal: AbortSignal;
}

/** A status, `[status, body, headers?]`, an error to throw, or a function of the request. */
export type Reply =
  | number
  | Error
  | readonly [status: number, body: unknown, headers?: Record<string, string>]
  | ((asked: Asked) => Response | Promise<Response>);

export interface FakeKith {
  readonly asked: Asked[];
  readonly fetch: typeof fetch;
}

/** Answers with the replies in their order; the last one for ever. */
export function fakeKith(...replies: readonly [Reply, ...Reply[]]): FakeKith {
  const asked: Asked[] = [];
  const answer = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const request = new Request(input, init);
    const url = new URL(request.url);
    const { method, headers, signal } = request;
    const call = { method, path: url.pathname, query: url.searchParams, headers, signal, body: await request.text() };
    asked.push(call);
    return replyTo(call, replies[Math.min(asked.length, replies.length) - 1] ?? 500);
  };
  return { asked, fetch: answer };
}

async function replyTo(asked: Asked, reply: Reply): Promise<Response> {
  if (reply instanceof Error) throw reply;
  if (typeof reply === "function") return reply(asked);
  if (typeof reply === "number") return new Response(null, { status: reply });
  const [status, body, headers = {}] = reply;
  return new Response(typeof body === "string" ? body : JSON.stringify(body), { status, headers });
}
