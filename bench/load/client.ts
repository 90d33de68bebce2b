import { createConnection, type Socket } from "node:net";
import { Splitter } from "./splitter.ts";

/** The one domain all servers under test serve. */
export const DOMAIN = "bench.test";
/** Every bench account has this password. */
export const PASSWORD = "pencil";
/** Longest wait for any single step of a login, ms. */
const STEP_DEADLINE = 30_000;

const readBuffer = Buffer.allocUnsafeSlow(256 * 1024);

/** Connections that a server ended by itself since the start of this process; none should. */
export const losses = { count: 0 };

/** How a login went: the moments are `performance.now()`. */
export interface LoginTimes {
  readonly begun: number;
  readonly ended: number;
}

/**
 * One XMPP client on a raw TCP socket: SASL PLAIN, bind, roster get, presence. No XML parser, no timers of its own;
 * what it sends while it reads one chunk leaves in one write.
 */
export class Client {
  readonly name: string;
  readonly resource: string;
  readonly jid: string;
  /** Called with every stanza after the login. */
  onStanza: (stanza: string, client: Client) => void = ignore;
  readonly #splitter: Splitter;
  #socket: Socket | undefined;
  #out = "";
  #isReading = false;
  #isClosed = false;
  #await: ((stanza: string) => boolean) | undefined;
  #fail: ((cause: Error) => void) | undefined;

  constructor(name: string, resource = "bench") {
    this.name = name;
    this.resource = resource;
    this.jid = `${name}@${DOMAIN}`;
    this.#splitter = new Splitter((stanza) => {
      if (this.#await?.(stanza)) return;
      this.onStanza(stanza, this);
    });
  }

  /**
   * Connects and logs in; resolves when the roster has arrived and the presence is sent. `version`: of the roster that is
   * known already (RFC 6121 §2.6); the answer is a stanza like others.
   */
  async login(port: number, version?: string): Promise<LoginTimes> {
    const begun = performance.now();
    this.#isClosed = false;
    this.#splitter.restart();
    await this.#connect(port);
    const header = `<?xml version='1.0'?><stream:stream to='${DOMAIN}' version='1.0' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>`;
    await this.#step(header, (stanza) => stanza.startsWith("<stream:features"));
    const initial = Buffer.from(`\0${this.name}\0${PASSWORD}`).toString("base64");
    await this.#step(`<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>${initial}</auth>`, (stanza) =>
      stanza.startsWith("<success"),
    );
    this.#splitter.restart();
    await this.#step(header, (stanza) => stanza.startsWith("<stream:features"));
    await this.#step(
      `<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>${this.resource}</resource></bind></iq>`,
      (stanza) => isIq(stanza, "bind"),
    );
    const known = version === undefined ? "" : ` ver='${version}'`;
    await this.#step(`<iq type='get' id='roster'><query xmlns='jabber:iq:roster'${known}/></iq>`, (stanza) => {
      if (!isIq(stanza, "roster")) return false;
      this.onStanza(stanza, this);
      return true;
    });
    this.send("<presence/>");
    return { begun, ended: performance.now() };
  }

  /** Sends text; text sent from a stanza handler leaves when the chunk being read is done. */
  send(text: string): void {
    this.#out += text;
    if (!this.#isReading) this.#flush();
  }

  /** Cuts the connection without a word. */
  cut(): void {
    this.#isClosed = true;
    this.#socket?.destroy();
  }

  /** Ends the stream; resolves when the socket is closed. */
  close(): Promise<void> {
    const socket = this.#socket;
    if (socket === undefined || socket.destroyed) return Promise.resolve();
    this.#isClosed = true;
    return new Promise((resolve) => {
      socket.once("close", () => resolve());
      socket.end("</stream:stream>");
      setTimeout(() => socket.destroy(), 2000).unref();
    });
  }

  #connect(port: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const socket = createConnection({
        host: "127.0.0.1",
        port,
        noDelay: true,
        onread: {
          buffer: readBuffer,
          callback: (length) => {
            this.#isReading = true;
            this.#splitter.feed(readBuffer.toString("latin1", 0, length));
            this.#isReading = false;
            this.#flush();
            return true;
          },
        },
      });
      this.#socket = socket;
      socket.once("connect", () => resolve());
      socket.on("error", (cause) => reject(cause));
      socket.once("close", () => {
        if (this.#isClosed) return;
        losses.count += 1;
        this.#fail?.(new Error(`the server cut ${this.name}`));
      });
    });
  }

  #step(text: string, isAnswer: (stanza: string) => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const over = (): void => {
        clearTimeout(late);
        this.#await = undefined;
        this.#fail = undefined;
      };
      this.#fail = (cause) => {
        over();
        reject(cause);
      };
      const late = setTimeout(() => {
        this.#fail?.(new Error(`no answer to ${text.slice(0, 60)} for ${this.name}`));
      }, STEP_DEADLINE);
      this.#await = (stanza) => {
        const refusal = refusalIn(stanza);
        if (refusal !== undefined) this.#fail?.(new Error(`the server refused ${this.name}: ${refusal}`));
        else if (!isAnswer(stanza)) return false;
        over();
        resolve();
        return true;
      };
      this.send(text);
    });
  }

  #flush(): void {
    if (this.#out === "") return;
    const out = this.#out;
    this.#out = "";
    this.#socket?.write(out, "latin1");
  }
}

/** Value of the attribute `name` in the first tag of a stanza, or "". */
export function attribute(stanza: string, name: string): string {
  const end = stanza.indexOf(">");
  for (const quote of ["'", '"']) {
    const at = stanza.indexOf(` ${name}=${quote}`);
    if (at < 0 || at > end) continue;
    const from = at + name.length + 3;
    return stanza.slice(from, stanza.indexOf(quote, from));
  }
  return "";
}

function isIq(stanza: string, id: string): boolean {
  return stanza.startsWith("<iq") && attribute(stanza, "id") === id && attribute(stanza, "type") === "result";
}

function refusalIn(stanza: string): string | undefined {
  const isError =
    stanza.startsWith("<failure") ||
    stanza.startsWith("<stream:error") ||
    (stanza.startsWith("<iq") && attribute(stanza, "type") === "error");
  return isError ? stanza.slice(0, 300) : undefined;
}

function ignore(): void {
  return;
}
