/** Clients whose sessions are managed by XEP-0198, over connections that remember. */
import assert from "node:assert/strict";
import type { ManagedConnection } from "../../src/sessions/managed-connection.ts";
import type { Element } from "../../src/xmpp/xml/element.ts";
import { settle } from "./clock.ts";
import { FakeConnection, TestClient, type TestHost, type TestHostOptions, testHost } from "./sessions.ts";

const NS_SM = "urn:xmpp:sm:3";

export class ManagedClient extends TestClient {
  readonly managed: ManagedConnection;
  readonly id: string;
  /** What it has handled. */
  h: number;

  constructor(client: TestClient, managed: ManagedConnection, id: string | undefined, h = 0) {
    super(client.session, client.connection);
    this.managed = managed;
    this.id = id ?? "";
    this.h = h;
  }

  override send(...stanzas: readonly string[]): void {
    for (const xml of stanzas) {
      this.managed.handle();
      super.send(xml);
    }
  }

  /** What arrived, requests for acknowledgements apart; it is handled. */
  override take(): Element[] {
    const stanzas = super.take().filter((element) => element.ns !== NS_SM);
    this.h += stanzas.length;
    return stanzas;
  }

  /** So many requests for acknowledgements among what has arrived. */
  get requests(): number {
    return this.connection.sent.filter((text) => text.startsWith("<r ")).length;
  }

  acknowledge(): void {
    this.take();
    this.managed.acknowledge(this.h);
  }

  /** The connection breaks off. */
  lose(): void {
    this.session.lost();
  }
}

export function enable(client: TestClient, wish: { resume?: boolean; max?: number } = {}): ManagedClient {
  const { resume = true, max } = wish;
  const { managed, answer } = client.session.manage(client.connection, { resume, max });
  return new ManagedClient(client, managed, answer.id);
}

/** Online, and all that arrived because of it is acknowledged. */
export async function managedOnline(world: TestHost, jid: string): Promise<ManagedClient> {
  const client = world.bind(jid);
  const managed = enable(client);
  managed.send("<iq type='get' id='r'><query xmlns='jabber:iq:roster'/></iq>", "<presence/>");
  await settle();
  managed.acknowledge();
  return managed;
}

/** Another connection asks to go on where `client` was. */
export function askToResume(world: TestHost, jid: string, id: string, h: number, credential?: string) {
  const [username = "", domain = ""] = (jid.split("/")[0] ?? "").split("@");
  const line = new FakeConnection();
  line.credential = credential;
  return { line, result: world.host.resume({ domain, username, id, h, line }) };
}

export function resume(world: TestHost, client: ManagedClient): ManagedClient {
  const { line, result } = askToResume(world, client.session.jid, client.id, client.h);
  assert.ok(result.ok, client.session.jid);
  const { session, managed } = result;
  const resumed = new ManagedClient(new TestClient(session, line), managed, client.id, client.h);
  managed.resend((session.jid.split("/")[0] ?? "").split("@")[1] ?? "");
  return resumed;
}

/** Romeo and Juliet know each other. */
export function veronaHost(options: TestHostOptions = {}): TestHost {
  const world = testHost(options);
  world.contacts.set("romeo", { "juliet@localhost": "both" });
  world.contacts.set("juliet", { "romeo@localhost": "both" });
  return world;
}

export const chat = (to: string, id: string): string =>
  `<message to='${to}' id='${id}' type='chat'><body>${id}</body></message>`;

/** As it arrives. */
export const heard = (id: string): string => `<message id='${id}' type='chat'><body>${id}</body></message>`;

/** As it arrives later. */
export const late = (id: string, at: number): string =>
  `<message id='${id}' type='chat'><body>${id}</body><delay xmlns='urn:xmpp:delay' from='localhost' stamp='${new Date(at).toISOString()}'/></message>`;

/** The metrics have this line. */
export async function hasMetric(world: TestHost, line: string): Promise<boolean> {
  return (await world.metrics.render()).body.split("\n").includes(line);
}
