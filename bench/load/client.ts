import { deviceLogin } from "./credentials.ts";
import { Line } from "./line.ts";
import { scramClient } from "./scram.ts";
import { Splitter } from "./splitter.ts";
import { decodedText, isResult, refusalIn } from "./stanza.ts";

/** The one domain all servers under test serve. */
export const DOMAIN = "bench.test";
/** Every bench account has this password. */
export const PASSWORD = "pencil";
/** Longest wait for any single step of a login, ms. */
const STEP_DEADLINE = 30_000;
const NS_SASL = "urn:ietf:params:xml:ns:xmpp-sasl";
const HEADER = `<?xml version='1.0'?><stream:stream to='${DOMAIN}' version='1.0' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>`;

/** Connections that a server ended by itself since the start of this process; none should. */
export const losses = { count: 0 };

/** How a login went: the moments are `performance.now()`. */
export interface LoginTimes {
  readonly begun: number;
  readonly ended: number;
}

/** How a client logs in. */
export interface Way {
  readonly mechanism?: "PLAIN" | "SCRAM-SHA-1" | "HT-SHA-256-NONE";
  readonly starttls?: boolean;
  /** By PLAIN, instead of the password. */
  readonly secretOf?: (name: string) => string;
  /** Version of the roster that is known already (RFC 6121 §2.6); the answer is a stanza like others. */
  readonly version?: string;
}

/**
 * One XMPP client on a raw TCP socket: SASL, bind, roster get, presence. No XML parser, no timers of its own;
 * what it sends while it reads one chunk leaves in one write.
 */
export class Client {
  readonly name: string;
  readonly resource: string;
  readonly jid: string;
  /** What the server offered last, as it wrote it (RFC 6120 §4.3.2). */
  features = "";
  /** Called with every stanza after the login. */
  onStanza: (stanza: string, client: Client) => void = ignore;
  readonly #splitter: Splitter;
  #line: Line | undefined;
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

  /** Connects and logs in; resolves when the roster has arrived and the presence is sent. */
  async login(port: number, { starttls = false, version, ...way }: Way = {}): Promise<LoginTimes> {
    const begun = performance.now();
    this.#isClosed = false;
    this.#splitter.restart();
    this.#line = await (starttls ? Line.openForTls(port, this) : Line.open(port, this));
    if (way.mechanism === "HT-SHA-256-NONE") await this.#comeBack();
    else await this.#logIn(starttls, way);
    const known = version === undefined ? "" : ` ver='${version}'`;
    await this.#step(`<iq type='get' id='roster'><query xmlns='jabber:iq:roster'${known}/></iq>`, (stanza) => {
      if (!isResult(stanza, "roster")) return false;
      this.onStanza(stanza, this); // before what follows it in the same chunk
      return true;
    });
    this.send("<presence/>");
    return { begun, ended: performance.now() };
  }

  /** Sends an IQ, to the own account if nobody is named; resolves with the result. */
  ask(id: string, type: "get" | "set", payload: string, to?: string): Promise<string> {
    const address = to === undefined ? "" : ` to='${to}'`;
    return this.#step(`<iq type='${type}' id='${id}'${address}>${payload}</iq>`, (stanza) => isResult(stanza, id));
  }

  /** Sends text; text sent from a stanza handler leaves when the chunk being read is done. */
  send(text: string): void {
    this.#out += text;
    if (!this.#isReading) this.#flush();
  }

  /** Cuts the connection without a word. */
  cut(): void {
    this.#isClosed = true;
    this.#line?.destroy();
  }

  /** Ends the stream; resolves when the socket is closed. */
  async close(): Promise<void> {
    if (this.#line === undefined || this.#line.isClosed) return;
    this.#isClosed = true;
    await this.#line.end("</stream:stream>");
  }

  /** @internal From the line. */
  onText(text: string): void {
    this.#isReading = true;
    this.#splitter.feed(text);
    this.#isReading = false;
    this.#flush();
  }

  /** @internal From the line. */
  onClose(): void {
    if (this.#isClosed) return;
    losses.count += 1;
    this.#fail?.(new Error(`the server cut ${this.name}`));
  }

  async #header(): Promise<void> {
    this.features = await this.#step(HEADER, (stanza) => stanza.startsWith("<stream:features"));
  }

  async #secure(): Promise<void> {
    await this.#step("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>", (stanza) => stanza.startsWith("<proceed"));
    this.#splitter.restart();
    await this.#line?.secure();
    await this.#header();
  }

  /** RFC 6120: two streams, and a resource asked for in the second. */
  async #logIn(starttls: boolean, { mechanism = "PLAIN", secretOf }: Way): Promise<void> {
    await this.#header();
    if (starttls) await this.#secure();
    await (mechanism === "PLAIN" ? this.#plain(secretOf?.(this.name) ?? PASSWORD) : this.#scram());
    this.#splitter.restart();
    await this.#header();
    await this.ask(
      "bind",
      "set",
      `<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>${this.resource}</resource></bind>`,
    );
  }

  /** XEP-0484 §3.4: one request, sent with the header of the stream. */
  async #comeBack(): Promise<void> {
    const { request, proof } = deviceLogin(this.name);
    const success = await this.#step(HEADER + request, (stanza) => stanza.startsWith("<success"));
    if (!success.includes(`>${proof}<`)) throw new Error(`the server does not know the token of ${this.name}`);
    if (!success.includes("<bound ")) throw new Error(`the server gave ${this.name} no resource`);
  }

  #plain(secret: string): Promise<string> {
    const initial = Buffer.from(`\0${this.name}\0${secret}`).toString("base64");
    return this.#auth("PLAIN", initial, "<success");
  }

  async #scram(): Promise<void> {
    const scram = scramClient(this.name, PASSWORD);
    const encode = (text: string): string => Buffer.from(text).toString("base64");
    const challenge = await this.#auth("SCRAM-SHA-1", encode(scram.first), "<challenge");
    const final = encode(scram.final(decodedText(challenge)));
    const success = await this.#step(`<response xmlns='${NS_SASL}'>${final}</response>`, (stanza) =>
      stanza.startsWith("<success"),
    );
    if (!scram.isServer(decodedText(success))) throw new Error(`the server does not know the keys of ${this.name}`);
  }

  #auth(mechanism: string, initial: string, answer: string): Promise<string> {
    return this.#step(`<auth xmlns='${NS_SASL}' mechanism='${mechanism}'>${initial}</auth>`, (stanza) =>
      stanza.startsWith(answer),
    );
  }

  #step(text: string, isAnswer: (stanza: string) => boolean): Promise<string> {
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
        else {
          over();
          resolve(stanza);
        }
        return true;
      };
      this.send(text);
    });
  }

  #flush(): void {
    if (this.#out === "") return;
    const out = this.#out;
    this.#out = "";
    this.#line?.write(out);
  }
}

function ignore(): void {
  return;
}
