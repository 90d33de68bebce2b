/** Sessions without a network: contacts that a test sets, connections that remember, clients that speak in XML. */
import assert from "node:assert/strict";
import type { Contacts, ListChange } from "../../src/contacts/contacts.ts";
import { diff } from "../../src/contacts/diff.ts";
import { type Contact, type ContactList, listOf, type Subscription } from "../../src/contacts/list.ts";
import { type Log, silentLog } from "../../src/log.ts";
import { Metrics } from "../../src/metrics.ts";
import { MODULES } from "../../src/modules/index.ts";
import type { Line } from "../../src/sessions/connection.ts";
import type { BoundSession, SessionHost } from "../../src/sessions/host.ts";
import type { SessionLimits } from "../../src/sessions/limits.ts";
import type { SessionsOptions } from "../../src/sessions/make-core.ts";
import type { Module } from "../../src/sessions/module.ts";
import { createSessions } from "../../src/sessions/sessions.ts";
import type { Stanza } from "../../src/xmpp/stanza/stanza.ts";
import { readDocument } from "../../src/xmpp/xml/document.ts";
import type { Element } from "../../src/xmpp/xml/element.ts";
import { serialise } from "../../src/xmpp/xml/write.ts";
import { FakeClock, settle } from "./clock.ts";
import { mismatch } from "./match.ts";
import { readElement } from "./xml.ts";

const LIMITS = { bytes: 1_000_000, depth: 100, elements: 10_000 };

export type Entry = Partial<Omit<Contact, "jid">> | Subscription;

export function contactsOf(entries: Readonly<Record<string, Entry>>): ContactList {
  return listOf(
    Object.entries(entries).map(([jid, entry]) => ({
      jid,
      name: undefined,
      groups: [],
      subscription: "both",
      ask: false,
      until: undefined,
      ...(typeof entry === "string" ? { subscription: entry } : entry),
    })),
  );
}

export class FakeContacts implements Contacts {
  readonly lists = new Map<string, ContactList>();
  readonly kept = new Map<string, number>();
  readonly logins: string[] = [];
  readonly #listeners: ((change: ListChange) => void)[] = [];
  /** Logins wait for this while it is set. */
  waiting: Promise<void> | undefined;

  /** What the application says from now on; the sessions hear of it if they keep the person. */
  set(username: string, entries: Readonly<Record<string, Entry>>): void {
    const before = this.lists.get(username) ?? null;
    const after = contactsOf(entries);
    this.lists.set(username, after);
    if ((this.kept.get(username) ?? 0) === 0) return;
    for (const listener of this.#listeners) listener({ username, before, after, changes: diff(before, after) });
  }

  login(username: string): Promise<void> {
    this.logins.push(username);
    return this.waiting ?? Promise.resolve();
  }

  current(username: string): ContactList | null {
    return this.lists.get(username) ?? null;
  }

  held(): undefined {
    return undefined;
  }

  usernames(): readonly string[] {
    return [];
  }

  keep(username: string): void {
    this.kept.set(username, (this.kept.get(username) ?? 0) + 1);
  }

  release(username: string): void {
    this.kept.set(username, (this.kept.get(username) ?? 0) - 1);
  }

  refresh(): Promise<never> {
    return Promise.reject(new Error("not part of these tests"));
  }

  refreshMany(): Promise<never> {
    return this.refresh();
  }

  followUp(): Promise<never> {
    return this.refresh();
  }

  update(): Promise<never> {
    return this.refresh();
  }

  updateAll(): Promise<never> {
    return this.refresh();
  }

  onChange(listener: (change: ListChange) => void): void {
    this.#listeners.push(listener);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

export class FakeConnection implements Line {
  readonly transport = "memory";
  readonly secure = true;
  readonly address = "127.0.0.1";
  credential: string | undefined;
  origin: string | undefined;
  endsAt = Number.POSITIVE_INFINITY;
  readonly sent: string[] = [];
  closed: string | undefined;

  send(name: string, tail: string): void {
    if (this.closed === undefined) this.sent.push(`<${name}${tail}`);
  }

  sendSlices(name: string, tails: Iterator<string>): void {
    for (let step = tails.next(); step.done !== true; step = tails.next()) {
      if (step.value.startsWith(" ")) this.send(name, step.value);
      else this.sent[this.sent.length - 1] += step.value;
    }
  }

  close(condition?: string): void {
    this.closed ??= condition ?? "closed";
  }

  raw(text: string): void {
    if (this.closed === undefined) this.sent.push(text);
  }

  atTurnEnd(one: { flush(): void }): void {
    setImmediate(() => one.flush());
  }

  replaced(): void {
    this.close("conflict");
  }
}

export function stanzaOf(xml: string): Stanza {
  const read = readDocument(xml.replace(/^<(\w+)/, "<$1 xmlns='jabber:client'"), LIMITS);
  assert.ok(read.ok, xml);
  return read.element as Stanza;
}

export class TestClient {
  readonly session: BoundSession;
  readonly connection: FakeConnection;

  constructor(session: BoundSession, connection: FakeConnection) {
    this.session = session;
    this.connection = connection;
  }

  send(...stanzas: readonly string[]): void {
    for (const xml of stanzas) this.session.receive(stanzaOf(xml));
  }

  /** What has arrived since it was last asked. */
  take(): Element[] {
    return this.connection.sent.splice(0).map((xml) => readElement(xml));
  }

  /** Everything that has arrived is this, in this order, as `match.ts` compares. */
  receives(...expected: readonly string[]): void {
    const actual = this.take();
    const texts = actual.map((stanza) => serialise(stanza, "jabber:client"));
    for (const [index, xml] of expected.entries()) {
      const got = actual[index];
      assert.ok(got !== undefined, `${this.session.jid} misses ${xml}`);
      assert.equal(mismatch(readElement(xml), got), undefined, `${this.session.jid} got ${texts[index]}`);
    }
    assert.deepEqual(texts.slice(expected.length), [], `${this.session.jid} received more`);
  }
}

export interface TestHost {
  readonly host: SessionHost;
  /** Of the first domain. */
  readonly contacts: FakeContacts;
  contactsFor(domain: string): FakeContacts;
  readonly clock: FakeClock;
  readonly metrics: Metrics;
  /** Binds at once; the login may still be under way. */
  bind(jid: string): TestClient;
  /** Binds, asks for the roster, sends presence; what arrives because of it is forgotten. */
  online(jid: string): Promise<TestClient>;
  forget(...clients: readonly TestClient[]): void;
}

export interface TestHostOptions {
  readonly isHeld?: SessionsOptions["isHeld"];
  readonly domains?: readonly string[];
  readonly limits?: Partial<SessionLimits>;
  readonly modules?: readonly Module[];
  readonly clock?: FakeClock;
  readonly log?: Log;
  readonly later?: (action: () => void) => void;
}

export function testHost(options: TestHostOptions = {}): TestHost {
  const { clock = new FakeClock() } = options;
  const metrics = new Metrics();
  let made = 0;
  const domains = new Map((options.domains ?? ["localhost"]).map((name) => [name, { contacts: new FakeContacts() }]));
  const contactsFor = (domain: string): FakeContacts => domains.get(domain)?.contacts ?? new FakeContacts();
  const contacts = contactsFor([...domains.keys()][0] ?? "");
  const host = createSessions({
    domains,
    clock,
    metrics,
    log: options.log ?? silentLog,
    limits: options.limits ?? {},
    modules: [...MODULES, ...(options.modules ?? [])],
    software: { name: "Kith", version: "1.2.3" },
    ...(options.later === undefined ? {} : { later: options.later }),
    ...(options.isHeld === undefined ? {} : { isHeld: options.isHeld }),
    random: () => `made-${++made}`,
  });
  const bind = (jid: string): TestClient => {
    const [bare = "", resource] = jid.split("/");
    const [username = "", domain = ""] = bare.split("@");
    const connection = new FakeConnection();
    host.authenticated(domain, username);
    const bound = host.bind({ domain, username, resource, connection });
    assert.ok(bound.ok, jid);
    return new TestClient(bound.session, connection);
  };
  return {
    host,
    contacts,
    contactsFor,
    clock,
    metrics,
    bind,
    async online(jid) {
      const client = bind(jid);
      client.send("<iq type='get' id='r'><query xmlns='jabber:iq:roster'/></iq>", "<presence/>");
      await settle();
      client.connection.sent.length = 0;
      return client;
    },
    forget: (...clients) => {
      for (const client of clients) client.connection.sent.length = 0;
    },
  };
}
