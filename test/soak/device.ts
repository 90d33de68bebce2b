/** One client of one person: what it believes after everything it heard, without a parser, so that 600 cost little. */
import { Client, DOMAIN } from "../../bench/load/client.ts";
import { attribute } from "../../bench/load/stanza.ts";
import { describe } from "../support/view.ts";

export type Heard = (device: Device, from: string, isAvailable: boolean, wasOnline: boolean) => void;

/** Contract §2: no IQ is left without an answer. */
const ANSWER_MS = 20_000;
const GROUP = /<group>([^<]*)<\/group>/g;
const SHOW = /<show>([^<]*)<\/show>/;

export class Device {
  readonly username: string;
  readonly resource: string;
  readonly contacts = new Map<string, string>();
  /** Full JIDs of others that it believes to be available, with what they show. */
  readonly online = new Map<string, string>();
  pushes = 0;
  /** What it last said of itself; undefined: not available, or not connected. */
  show: string | undefined;
  isConnected = false;
  readonly #onPresence: Heard;
  #client: Client | undefined;
  #version: string | undefined;
  #ping: { readonly id: string; readonly resolve: () => void } | undefined;
  #pings = 0;

  constructor(username: string, resource: string, onPresence: Heard) {
    this.username = username;
    this.resource = resource;
    this.#onPresence = onPresence;
  }

  get jid(): string {
    return `${this.username}@${DOMAIN}/${this.resource}`;
  }

  /** `forget`: asks for the whole list; else names the version it has (RFC 6121 §2.6). */
  async connect(port: number, forget: boolean): Promise<void> {
    if (forget) this.#forget();
    const client = new Client(this.username, this.resource);
    this.#client = client;
    client.onStanza = (stanza) => {
      if (this.#client === client) this.#hear(stanza);
    };
    await client.login(port, { version: this.#version ?? "" });
    this.isConnected = true;
    this.show = "";
  }

  /** Ends the stream, or cuts the connection without a word. */
  async disconnect(isCut: boolean): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    this.isConnected = false;
    this.show = undefined;
    this.online.clear();
    if (isCut) client?.cut();
    else await client?.close();
  }

  say(show: string | undefined): void {
    this.show = show;
    if (show === undefined) {
      this.online.clear();
      this.#send("<presence type='unavailable'/>");
    } else this.#send(show === "" ? "<presence/>" : `<presence><show>${show}</show></presence>`);
  }

  /** All that the server did before has arrived when it settles. */
  sync(): Promise<void> {
    const id = `ping${this.#pings++}`;
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`${this.jid}: a ping was not answered`)), ANSWER_MS);
      const done = (): void => {
        clearTimeout(late);
        resolve();
      };
      this.#ping = { id, resolve: done };
      this.#send(`<iq type='get' id='${id}'><ping xmlns='urn:xmpp:ping'/></iq>`);
    });
  }

  #send(text: string): void {
    this.#client?.send(text);
  }

  #forget(): void {
    this.contacts.clear();
    this.#version = "";
  }

  #hear(stanza: string): void {
    if (stanza.startsWith("<presence")) this.#presence(stanza);
    else if (stanza.startsWith("<iq")) this.#iq(stanza);
  }

  #presence(stanza: string): void {
    const from = attribute(stanza, "from");
    // What was on its way when this client said that it is not available counts no more.
    if (this.show === undefined || from.startsWith(`${this.username}@`)) return;
    const type = attribute(stanza, "type");
    const wasOnline = this.online.has(from);
    if (type === "") this.online.set(from, SHOW.exec(stanza)?.[1] ?? "");
    else if (type === "unavailable") this.online.delete(from);
    else return;
    this.#onPresence(this, from, type === "", wasOnline);
  }

  #iq(stanza: string): void {
    const id = attribute(stanza, "id");
    const type = attribute(stanza, "type");
    if (id === this.#ping?.id) {
      this.#ping.resolve();
      this.#ping = undefined;
    }
    const at = stanza.indexOf("<query");
    if (at < 0 || !stanza.includes("jabber:iq:roster")) return;
    if (type === "result") this.contacts.clear();
    else if (type === "set") {
      this.pushes++;
      this.#send(`<iq type='result' id='${id}'/>`);
    } else return;
    this.#version = attribute(stanza.slice(at), "ver");
    this.#items(stanza);
  }

  #items(stanza: string): void {
    for (let at = stanza.indexOf("<item "); at >= 0; ) {
      const next = stanza.indexOf("<item ", at + 6);
      const item = stanza.slice(at, next < 0 ? undefined : next);
      const jid = attribute(item, "jid");
      const subscription = attribute(item, "subscription");
      const name = item.includes(" name=") ? attribute(item, "name") : undefined;
      if (subscription === "remove") this.contacts.delete(jid);
      else {
        this.contacts.set(
          jid,
          describe(
            name,
            subscription,
            [...item.matchAll(GROUP)].map(([, group]) => group ?? ""),
          ),
        );
      }
      at = next;
    }
  }
}
