/** The web application as an actor: serves `/contacts/:user`, counts what it is asked, and can misbehave in every way. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export type ContactsMap = Record<string, unknown>;
export type Answer = (request: IncomingMessage, response: ServerResponse, username: string) => void;

export class App {
  readonly contacts = new Map<string, unknown>();
  /** Paths as they came in, still encoded, oldest first. */
  readonly requests: { readonly path: string; readonly headers: IncomingMessage["headers"] }[] = [];
  /** Requests open at this moment, and the most at once. */
  open = 0;
  peak = 0;
  /** When set, answers instead of the contacts. */
  answer: Answer | undefined;
  headers: Record<string, string> = {};
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(port = 0): Promise<App> {
    const server = createServer();
    const app = new App(server);
    server.on("request", (request, response) => app.#serve(request, response));
    await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
    return app;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** What goes into `contacts.url`. */
  get url(): string {
    return `http://127.0.0.1:${this.port}/contacts/%s`;
  }

  /** How often this user's list was asked for. */
  asked(username: string): number {
    return this.requests.filter((request) => request.path === `/contacts/${encodeURIComponent(username)}`).length;
  }

  /** Nobody listens any more: connections are refused. */
  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    const path = request.url ?? "";
    this.requests.push({ path, headers: request.headers });
    this.open++;
    this.peak = Math.max(this.peak, this.open);
    response.on("close", () => {
      this.open--;
    });
    const username = decodeURIComponent(path.replace(/^\/contacts\//, "").replace(/\?.*$/, ""));
    if (this.answer !== undefined) this.answer(request, response, username);
    else this.reply(response, username);
  }

  /** The ordinary answer. */
  reply(response: ServerResponse, username: string): void {
    const contacts = this.contacts.get(username);
    if (contacts === undefined) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { "content-type": "application/json", ...this.headers });
    response.end(typeof contacts === "string" ? contacts : JSON.stringify(contacts));
  }
}
