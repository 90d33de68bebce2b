/**
 * Kith inside an application's own process: its lists by a function, its chat on the application's own port, and what
 * happens there as calls of a listener. An application that installed the package imports from "kith-xmpp".
 */
import { createServer as createHttpServer, type Server as HttpServer } from "node:http";
import { createServer, type Server } from "../../src/index.ts";

/** The application's own data: who is whose friend. */
export const friends = new Map<string, Set<string>>([
  ["john", new Set(["marie"])],
  ["marie", new Set(["john"])],
  ["aaron", new Set()],
]);

/** Who is here, as Kith told. */
export const here = new Map<string, string>();

export interface Running {
  readonly http: HttpServer;
  readonly kith: Server;
  befriend(a: string, b: string): Promise<void>;
  close(): Promise<void>;
}

export async function start(port: number): Promise<Running> {
  const kith = await createServer({
    domain: "localhost",
    // Called when somebody signs in, and after each refresh.
    contacts: async (username) => {
      const names = [...(friends.get(username) ?? [])];
      return Object.fromEntries(names.map((name) => [`${name}@localhost`, { name }]));
    },
    // No ports of its own: the chat comes in through the application's.
    listen: { c2s: null, c2sTls: null, http: null, https: null },
    events: { settle: "500ms", grace: "5s" },
    storage: "memory",
  });

  kith.on("presence", ({ user, data }) => {
    if (data.state === "offline") here.delete(user);
    else here.set(user, data.state);
  });
  kith.on("problem", ({ user, data }) => {
    for (const { contact, text } of data.problems) console.warn(`the list of ${user}: ${contact}: ${text}`);
  });

  const http = createHttpServer((_request, response) => {
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify(Object.fromEntries(here)));
  });
  kith.attach(http); // serves /xmpp-websocket on it
  await new Promise<void>((resolve) => http.listen(port, "127.0.0.1", resolve));

  return {
    http,
    kith,
    async befriend(a, b) {
      friends.get(a)?.add(b);
      friends.get(b)?.add(a);
      await kith.refresh([a, b]); // both see each other now, if they are online
    },
    async close() {
      const closed = new Promise((resolve) => http.close(resolve));
      await kith.close(); // says goodbye to everybody
      await closed;
    },
  };
}
