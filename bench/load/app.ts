import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Contact } from "./people.ts";

/** The fake application: serves `/contacts/:user` from lists that the scenario scripts, and counts the fetches. */
export class App {
  readonly port: number;
  /** Lists given, one by one or together. */
  fetches = 0;
  /** Calls by which they were asked for. */
  calls = 0;
  /** An event about somebody's presence was posted, and is accepted. */
  onPresence: (username: string) => void = () => undefined;
  readonly #lists = new Map<string, readonly Contact[]>();
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
    server.on("request", (request, response) => {
      if (request.url === "/events") {
        this.#accept(request, response);
        return;
      }
      this.calls += 1;
      if (request.url === "/batch") {
        read(request, (body) => this.#answerMany(response, body));
        return;
      }
      this.#answer(response, this.#encoded(decodeURIComponent((request.url ?? "").slice("/contacts/".length))));
    });
  }

  #accept(request: IncomingMessage, response: ServerResponse): void {
    read(request, (body) => {
      response.writeHead(204).end();
      const event = JSON.parse(body) as { readonly type: string; readonly user: string };
      if (event.type === "presence") this.onPresence(event.user);
    });
  }

  #answerMany(response: ServerResponse, body: string): void {
    const { users } = JSON.parse(body) as { readonly users: readonly string[] };
    this.#answer(response, `{${users.map((name) => `"${name}":${this.#encoded(name)}`).join(",")}}`);
  }

  #answer(response: ServerResponse, body: string): void {
    response.writeHead(200, { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(body) });
    response.end(body);
  }

  #encoded(name: string): string {
    this.fetches += 1;
    const list = this.#lists.get(name);
    return list === undefined ? "{}" : encodeList(list);
  }

  /** Listens on a free port of loopback. */
  static start(): Promise<App> {
    return new Promise((resolve, reject) => {
      const server = createServer({ keepAliveTimeout: 120_000 });
      server.once("error", reject);
      server.listen(0, "127.0.0.1", () => resolve(new App(server)));
    });
  }

  /** From now on `name` has these contacts. */
  set(name: string, contacts: readonly Contact[]): void {
    this.#lists.set(name, contacts);
  }

  stop(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}

function read(request: IncomingMessage, done: (body: string) => void): void {
  let body = "";
  request.setEncoding("utf8");
  request.on("data", (piece: string) => {
    body += piece;
  });
  request.on("end", () => done(body));
}

function encodeList(list: readonly Contact[]): string {
  let body = "";
  for (const { jid, name } of list) body += `${body === "" ? "{" : ","}"${jid}":{"name":"${name}"}`;
  return body === "" ? "{}" : `${body}}`;
}
