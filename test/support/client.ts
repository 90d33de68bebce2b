/** A small XMPP client for tests: says what it is told, keeps what it hears in order. */
import { type Element, element } from "../../src/xmpp/xml/element.ts";
import { serialise } from "../../src/xmpp/xml/write.ts";
import type { Wire } from "./wire.ts";
import { readElement, readStream } from "./xml.ts";

const NS_FRAMING = "urn:ietf:params:xml:ns:xmpp-framing";
const NS_SASL = "urn:ietf:params:xml:ns:xmpp-sasl";
const NS_TLS = "urn:ietf:params:xml:ns:xmpp-tls";
const NS_SM = "urn:xmpp:sm:3";
const NS_BIND = "urn:ietf:params:xml:ns:xmpp-bind";
const PATIENCE_MS = 15_000;

type Wanted = (stanza: Element) => boolean;
interface Waiting {
  readonly wanted: Wanted;
  readonly resolve: (stanza: Element) => void;
  readonly reject: (error: Error) => void;
}

export interface Credentials {
  readonly username: string;
  readonly domain: string;
  readonly password: string;
  readonly resource?: string;
}

export class Client {
  jid = "";
  /** What arrived and was not yet asked for, oldest first. */
  readonly inbox: Element[] = [];
  /** Everything that ever arrived after the login. */
  readonly history: Element[] = [];
  closed = false;
  readonly #wire: Wire;
  readonly #domain: string;
  #waiting: Waiting[] = [];
  #feed: (text: string) => void = () => undefined;
  #nextId = 0;
  /** XEP-0198: the id of the stream, and how many stanzas of the server were handled since it is managed. */
  #managed: { readonly id: string; h: number } | undefined;

  constructor(wire: Wire, domain: string) {
    this.#wire = wire;
    this.#domain = domain;
    wire.onText((text) => this.#hear(text));
    wire.onClose(() => this.#gone());
  }

  static async login(wire: Wire, who: Credentials): Promise<Client> {
    const client = new Client(wire, who.domain);
    await client.authenticate(who);
    await client.bind(who.resource);
    client.inbox.length = 0;
    client.history.length = 0;
    return client;
  }

  /** XEP-0198 §5: logs in, and goes on where `before` was. */
  static async resume(wire: Wire, who: Credentials, before: Client): Promise<Client> {
    const client = new Client(wire, who.domain);
    await client.authenticate(who);
    const { id, h } = before.#managed ?? { id: "", h: 0 };
    client.inbox.length = 0;
    client.history.length = 0;
    client.#managed = { id, h };
    client.write(`<resume xmlns="${NS_SM}" previd="${id}" h="${h}"/>`);
    const answer = await client.next((stanza) => stanza.ns === NS_SM);
    if (answer.name !== "resumed") throw new Error(`it was not resumed: ${serialise(answer, "")}`);
    client.jid = before.jid;
    return client;
  }

  /** XEP-0198 §3: from now on what is heard is counted, and the server is told when it asks. */
  async manage(): Promise<void> {
    this.write(`<enable xmlns="${NS_SM}" resume="true"/>`);
    const enabled = await this.next((stanza) => stanza.ns === NS_SM);
    this.#managed = { id: enabled.attrs["id"] ?? "", h: 0 };
  }

  /** Opens the stream and gives its features. */
  async open(): Promise<Element> {
    this.#feed = readStream({
      open: () => undefined,
      stanza: (stanza) => this.#arrive(stanza),
      close: () => undefined,
    });
    this.write(
      this.#wire.framed
        ? `<open xmlns="${NS_FRAMING}" to="${this.#domain}" version="1.0"/>`
        : `<?xml version="1.0"?><stream:stream xmlns="jabber:client" xmlns:stream="http://etherx.jabber.org/streams" to="${this.#domain}" version="1.0">`,
    );
    return this.next((stanza) => stanza.name === "features");
  }

  /** Up to and with the stream restart after SASL PLAIN. */
  async authenticate(who: Credentials): Promise<void> {
    let features = await this.open();
    const tls = features.children.some((child) => typeof child !== "string" && child.ns === NS_TLS);
    if (tls && this.#wire.startTls !== undefined) {
      this.write(`<starttls xmlns="${NS_TLS}"/>`);
      await this.next((stanza) => stanza.name === "proceed");
      await this.#wire.startTls();
      features = await this.open();
    }
    const secret = Buffer.from(`\0${who.username}\0${who.password}`).toString("base64");
    this.write(`<auth xmlns="${NS_SASL}" mechanism="PLAIN">${secret}</auth>`);
    const answer = await this.next((stanza) => stanza.ns === NS_SASL);
    if (answer.name !== "success") throw new Error(`login failed: ${serialise(answer, "")}`);
    await this.open();
  }

  async bind(resource?: string): Promise<void> {
    const wish = resource === undefined ? [] : [element("resource", NS_BIND, {}, [resource])];
    const result = await this.iq("set", element("bind", NS_BIND, {}, wish));
    const bind = result.children[0];
    const jid = typeof bind === "object" ? bind.children[0] : undefined;
    if (result.attrs["type"] !== "result" || typeof jid !== "object") throw new Error("binding was refused");
    this.jid = String(jid.children[0]);
  }

  /** Raw text, for hostile cases. */
  write(text: string): void {
    this.#wire.write(text);
  }

  /** One stanza, as text or tree; with the namespace that the framing wants. */
  send(stanza: Element | string): void {
    const tree = typeof stanza === "string" ? readElement(stanza) : stanza;
    this.write(serialise(tree, this.#wire.framed ? "" : "jabber:client"));
  }

  /** Sends an IQ and waits for its answer, which does not stay in the inbox. */
  iq(type: "get" | "set", payload: Element, to?: string): Promise<Element> {
    const id = `q${this.#nextId++}`;
    const answer = this.next(
      (s) => s.name === "iq" && s.attrs["id"] === id && (s.attrs["type"] === "result" || s.attrs["type"] === "error"),
    );
    this.send(element("iq", "jabber:client", { type, id, to }, [payload]));
    return answer;
  }

  /** Everything that the server did before this moment has arrived when it settles. */
  async sync(): Promise<void> {
    await this.iq("get", element("ping", "urn:xmpp:ping"), this.#domain);
  }

  /** The first stanza, waiting or yet to come, that fits; it leaves the inbox. */
  next(wanted: Wanted = () => true): Promise<Element> {
    const index = this.inbox.findIndex(wanted);
    const found = this.inbox[index];
    if (found !== undefined) {
      this.inbox.splice(index, 1);
      return Promise.resolve(found);
    }
    if (this.closed) return Promise.reject(new Error("the connection is closed"));
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting = this.#waiting.filter((w) => w !== waiting);
        reject(new Error(`nothing that fits arrived; the inbox holds: ${this.describeInbox()}`));
      }, PATIENCE_MS);
      const waiting: Waiting = {
        wanted,
        resolve: (stanza) => {
          clearTimeout(timer);
          resolve(stanza);
        },
        reject: (error) => {
          clearTimeout(timer);
          reject(error);
        },
      };
      this.#waiting.push(waiting);
    });
  }

  /** Settles when the connection is gone. */
  async ended(): Promise<void> {
    if (this.closed) return;
    await this.next(() => false).catch((error: Error) => {
      if (!this.closed) throw error;
    });
  }

  describeInbox(): string {
    return this.inbox.map((stanza) => serialise(stanza, "jabber:client")).join("\n") || "nothing";
  }

  /** Closes the stream in order. */
  close(): void {
    this.write(this.#wire.framed ? `<close xmlns="${NS_FRAMING}"/>` : "</stream:stream>");
  }

  /** Cuts the connection without a word. */
  destroy(): void {
    this.#wire.destroy();
  }

  pause(): void {
    this.#wire.pause();
  }

  resume(): void {
    this.#wire.resume();
  }

  #hear(text: string): void {
    if (!this.#wire.framed) this.#feed(text);
    else {
      const stanza = readElement(text);
      if (stanza.ns !== NS_FRAMING) this.#arrive(stanza);
    }
  }

  #arrive(stanza: Element): void {
    const managed = this.#managed;
    if (managed !== undefined && stanza.ns === "jabber:client") managed.h += 1;
    if (stanza.ns === NS_SM && stanza.name === "r") {
      this.write(`<a xmlns="${NS_SM}" h="${managed?.h ?? 0}"/>`);
      return;
    }
    this.history.push(stanza);
    const index = this.#waiting.findIndex((waiting) => waiting.wanted(stanza));
    const waiting = this.#waiting[index];
    if (waiting === undefined) this.inbox.push(stanza);
    else {
      this.#waiting.splice(index, 1);
      waiting.resolve(stanza);
    }
  }

  #gone(): void {
    this.closed = true;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const one of waiting) one.reject(new Error("the connection is closed"));
  }
}
