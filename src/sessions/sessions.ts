/** Everybody who is online on this server: binding (RFC 6120 §7), endings, and what follows when lists change. */
import { randomBytes } from "node:crypto";
import { type Change, diff } from "../contacts/diff.ts";
import type { ContactList } from "../contacts/list.ts";
import { planFlows, splitFlows } from "../contacts/plan.ts";
import { randomText } from "../random.ts";
import type { Stanza } from "../xmpp/stanza/stanza.ts";
import type { Sent } from "../xmpp/stream/acks.ts";
import type { EnableWish } from "../xmpp/stream/management-wish.ts";
import type { Element } from "../xmpp/xml/element.ts";
import { escapeAttr } from "../xmpp/xml/write.ts";
import type { Connection, Line } from "./connection.ts";
import { type Core, type Domain, runFor } from "./core.ts";
import { deviceCredential } from "./credential.ts";
import type { SessionChange } from "./events.ts";
import { followChange } from "./flow.ts";
import { unfollow } from "./followers.ts";
import type {
  BindRequest,
  BindResult,
  Enabled,
  OnlineResource,
  ResumeRequest,
  ResumeResult,
  SessionHost,
} from "./host.ts";
import { enableInline } from "./inline.ts";
import { makeCore, type SessionsOptions } from "./make-core.ts";
import { ModuleHost } from "./module.ts";
import { gone } from "./presence.ts";
import { resourceFor } from "./resource.ts";
import { Resumptions } from "./resumptions.ts";
import { route } from "./router.ts";
import { Session, type SessionOwner } from "./session.ts";
import { routeAgain } from "./undelivered.ts";
import { User } from "./user.ts";

export function createSessions(options: SessionsOptions): SessionHost {
  return new Sessions(options);
}

class Sessions implements SessionHost, SessionOwner {
  readonly domains: readonly string[];
  readonly #core: Core;
  readonly #random: () => string;
  readonly #resourceKey: Uint8Array;
  readonly #isHeld: NonNullable<SessionsOptions["isHeld"]>;
  readonly #modules: readonly ModuleHost[];
  readonly #resumptions: Resumptions;
  /** Logins whose contacts are being asked for, by bare JID; the newest each. */
  readonly #logins = new Map<string, Promise<void>>();
  /** Connections that are logged in and have no session yet, by bare JID. */
  readonly #arriving = new Map<string, Set<Connection>>();
  /** Told before each login. */
  #inlineNames: readonly string[] | undefined;
  #closed = false;

  constructor(options: SessionsOptions) {
    this.domains = [...options.domains.keys()];
    this.#random = options.random ?? (() => randomText(9));
    this.#resourceKey = options.resourceKey ?? randomBytes(32);
    this.#isHeld = options.isHeld ?? (() => true);
    this.#core = makeCore(options);
    this.#resumptions = new Resumptions({
      core: this.#core,
      metrics: options.metrics,
      newId: () => this.#random() + this.#random(),
      end: (session) => this.end(session),
      isHeld: this.#isHeld,
    });
    options.metrics.gauge("kith_sessions", "Bound resources.", () => this.size);
    for (const domain of this.#core.domains.values()) {
      domain.contacts.onChange((change) => {
        const user = this.#core.users.get(`${change.username}@${domain.name}`);
        if (user === undefined) return;
        this.#follow(user, change.after, user.list === change.before ? change.changes : undefined);
      });
    }
    this.#modules = options.modules.map((module) => {
      const host = new ModuleHost(this.#core, options.metrics);
      module.setup(host);
      return host;
    });
  }

  get size(): number {
    return this.#core.sessions.size;
  }

  /** Contract §2: at authentication, in parallel with resource binding. */
  authenticated(domainName: string, username: string, connection?: Connection): () => void {
    const domain = this.#core.domains.get(domainName);
    if (domain === undefined || this.#closed) return () => undefined;
    const jid = `${username}@${domainName}`;
    const login: Promise<void> = domain.contacts.login(username).then(
      () => this.#loggedIn(jid, login),
      (error: unknown) => {
        this.#core.log.error("asking for contacts failed", { user: jid, error });
        this.#loggedIn(jid, login);
      },
    );
    this.#logins.set(jid, login);
    return connection === undefined ? () => undefined : this.#arrive(jid, connection);
  }

  #arrive(jid: string, connection: Connection): () => void {
    const arriving = this.#arriving.get(jid) ?? new Set();
    this.#arriving.set(jid, arriving.add(connection));
    return () => {
      if (arriving.delete(connection) && arriving.size === 0) this.#arriving.delete(jid);
    };
  }

  #loggedIn(jid: string, login: Promise<void>): void {
    if (this.#logins.get(jid) === login) this.#logins.delete(jid);
  }

  bind(request: BindRequest): BindResult {
    const domain = this.#core.domains.get(request.domain);
    if (domain === undefined || this.#closed) return refused("not-allowed", "This domain is not served here.");
    const jid = `${request.username}@${domain.name}`;
    const { credential } = request.connection;
    // Taken back between login and binding, when `kick` finds no session yet.
    if (credential !== undefined && !this.#isHeld(domain.name, request.username, credential)) {
      return refused("not-allowed", "What you logged in with was taken back.");
    }
    const resource = resourceFor(jid, request, {
      random: this.#random,
      key: this.#resourceKey,
      isTaken: (made) => this.#core.sessions.has(`${jid}/${made}`),
    });
    if (resource === undefined) return refused("bad-request", "This is not a resource (RFC 7622 §3.4).");
    const replaced = this.#replacedBy(jid, resource, request.device?.id);
    if (!this.#hasRoom(jid, replaced)) {
      return refused("resource-constraint", "This account has too many sessions."); // RFC 6120 §7.6.2.1
    }
    domain.contacts.keep(request.username);
    const left: Sent[] = [];
    for (const old of replaced) {
      left.push(...this.#resumptions.ended(old));
      old.connection.close("conflict", "Replaced by a new connection."); // RFC 6120 §7.7.2.2: the newer one wins
      this.end(old);
    }
    const session = this.#add(domain, jid, request, resource);
    // In a later turn: first the client is told that it is bound.
    if (left.length > 0) this.#core.later(() => this.#routeAgain(session.user, left, session));
    const login = this.#logins.get(jid);
    if (login === undefined) this.#ready(session);
    else void login.then(() => this.#ready(session));
    let inline = "";
    this.#guarded("what was asked for with a resource could not be had", session.user, () => {
      inline = enableInline(this.#core.inlineFeatures, session, request.inline ?? []);
    });
    return { ok: true, session, inline };
  }

  /** Whether one session more may be. One whose client has been away for long gives way to it. */
  #hasRoom(jid: string, replaced: readonly Session[]): boolean {
    const others = (this.#core.users.get(jid)?.sessions ?? []).filter((session) => !replaced.includes(session));
    if (others.length < this.#core.limits.perUser) return true;
    const longest = this.#resumptions.longestOf(others);
    if (longest === undefined) return false;
    this.end(longest);
    return true;
  }

  /** Whom a new session takes the place of: its own address, and by XEP-0386 §3.2 whatever its device left behind. */
  #replacedBy(jid: string, resource: string, device: string | undefined): readonly Session[] {
    const sessions = this.#core.users.get(jid)?.sessions ?? [];
    return sessions.filter(
      (session) => session.resource === resource || (device !== undefined && session.device === device),
    );
  }

  #add(domain: Domain, jid: string, request: BindRequest, resource: string): Session {
    const { users, sessions, clock, log } = this.#core;
    let user = users.get(jid);
    if (user === undefined) {
      user = new User(jid, request.username, domain);
      user.list = domain.contacts.current(request.username);
      users.set(jid, user);
    }
    const full = `${jid}/${resource}`;
    const session = new Session(
      this,
      user,
      resource,
      full,
      escapeAttr(full),
      request.connection,
      clock.now(),
      request.device?.id,
    );
    user.sessions.push(session);
    sessions.set(full, session);
    user.activeAt = session.since;
    this.#tell({ session, what: "bound" });
    log.debug("resource bound", { jid: full, transport: request.connection.transport });
    return session;
  }

  /** The contacts have been asked for: what waited for them goes on, in order. */
  #ready(session: Session): void {
    if (session.ended) return;
    const { user } = session;
    const current = user.domain.contacts.current(user.username);
    if (current !== null) this.#follow(user, current);
    session.ready = true;
    const { waiting } = session;
    session.waiting = undefined;
    for (const action of waiting ?? []) this.#guarded("what waited for the contacts could not go on", user, action);
  }

  /** Contract §3: presence that ends, pushes to the person's own resources, presence that begins. `known`: what changed. */
  #follow(user: User, after: ContactList, known?: readonly Change[]): void {
    const before = user.list;
    if (before === after) return;
    user.list = after;
    const changes = known ?? diff(before, after);
    if (changes.length === 0) return;
    const core = this.#core;
    const plan = planFlows(user.jid, changes, (jid) => core.users.get(jid));
    // Who vanishes becomes unavailable while still a contact: a client ignores presence of people it does not list.
    const { stops, starts } = splitFlows(plan);
    if (stops.length > 0) runFor(core, user, followChange(core, user, stops));
    this.#guarded("a change of contacts could not be passed on", user, () => {
      core.contactsChanged.run({ user, before, after, changes });
    });
    if (starts.length > 0) runFor(core, user, followChange(core, user, starts));
  }

  #tell(change: SessionChange): void {
    const { sessionChanged: hook } = this.#core;
    if (!hook.active) return;
    this.#guarded("a change of a session could not be passed on", change.session.user, () => hook.run(change));
  }

  /** What breaks in `action` breaks nothing else; `failed`: the text of its log line. */
  #guarded(failed: string, user: User, action: () => void): void {
    try {
      action();
    } catch (error) {
      this.#core.log.error(failed, { user: user.jid, error });
    }
  }

  receive(session: Session, stanza: Stanza): void {
    if (session.ended || route(this.#core, session, stanza)) return;
    session.connection.close("invalid-from"); // RFC 6120 §8.1.2.1
    this.end(session);
  }

  get resumes(): boolean {
    return this.#resumptions.isOn;
  }

  resume(request: ResumeRequest): ResumeResult {
    if (this.#closed) return { ok: false, answer: { ok: false, reason: "unknown", h: undefined } };
    return this.#resumptions.resume(request);
  }

  manage(session: Session, line: Line, wish: EnableWish): Enabled {
    return this.#resumptions.enable(session, line, wish);
  }

  lost(session: Session): void {
    if (session.ended || (!this.#closed && this.#resumptions.hold(session))) return;
    this.end(session);
  }

  #routeAgain(user: User, left: readonly Sent[], heir?: Session): void {
    this.#guarded("what was not acknowledged could not be routed again", user, () => {
      routeAgain(this.#core, user, left, heir);
    });
  }

  end(session: Session): void {
    if (session.ended) return;
    session.ended = true;
    const wasWaiting = this.#resumptions.isWaiting(session);
    const left = this.#resumptions.ended(session);
    const { user } = session;
    const { users, sessions } = this.#core;
    const at = user.sessions.indexOf(session);
    if (at !== -1) user.sessions.splice(at, 1);
    sessions.delete(session.jid);
    unfollow(session);
    session.waiting = undefined;
    for (const asked of session.asked?.values() ?? []) asked.settle(undefined);
    // RFC 6121 §4.5.2: unavailable on every way out
    this.#guarded("the end of a session could not be told", user, () => gone(this.#core, session));
    // Who was waited for has left before.
    if (!wasWaiting) user.activeAt = this.#core.clock.now();
    this.#tell({ session, what: "ended" });
    if (user.sessions.length === 0) {
      users.delete(user.jid);
      user.domain.lastSeen?.save(user.username, user.activeAt);
    }
    user.domain.contacts.release(user.username);
    if (left.length > 0) this.#routeAgain(user, left);
  }

  streamFeatures(domain: string): readonly Element[] {
    const features: Element[] = [];
    for (const make of this.#core.streamFeatures) {
      const feature = make(domain);
      if (feature !== undefined) features.push(feature);
    }
    return features;
  }

  inlineFeatures(): readonly string[] {
    this.#inlineNames ??= [...new Set([...this.#core.inlineFeatures].map(({ ns }) => ns))];
    return this.#inlineNames;
  }

  online(bareJid: string): readonly OnlineResource[] {
    const sessions = this.#core.users.get(bareJid)?.sessions ?? [];
    return sessions.map((session) => ({
      resource: session.resource,
      available: session.presence !== undefined,
      show: session.presence?.show,
      status: session.presence?.status,
      priority: session.presence?.priority ?? 0,
      interested: session.interested,
      since: session.since,
      transport: session.connection.transport,
      credential: session.connection.credential,
      waiting: this.#resumptions.isWaiting(session),
    }));
  }

  lastActivity(bareJid: string): number | undefined {
    const { users, domains } = this.#core;
    const user = users.get(bareJid);
    if (user !== undefined) return user.activeAt;
    const at = bareJid.indexOf("@");
    return domains.get(bareJid.slice(at + 1))?.lastSeen?.load(bareJid.slice(0, Math.max(at, 0)));
  }

  *people(domain: string): Iterable<string> {
    for (const user of this.#core.users.values()) if (user.domain.name === domain) yield user.username;
  }

  kick(bareJid: string, text: string, credential?: string): void {
    for (const connection of [...(this.#arriving.get(bareJid) ?? [])]) {
      if (credential === undefined || isLetInBy(connection, credential)) connection.close("not-authorized", text);
    }
    for (const session of [...(this.#core.users.get(bareJid)?.sessions ?? [])]) {
      if (credential === undefined || isOf(session, credential)) this.#kick(session, text);
    }
  }

  kickOne(fullJid: string, text: string): boolean {
    const session = this.#core.sessions.get(fullJid);
    if (session !== undefined) this.#kick(session, text);
    return session !== undefined;
  }

  #kick(session: Session, text: string): void {
    session.connection.close("not-authorized", text);
    this.end(session);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    const all = [...this.#core.sessions.values()];
    // First goodbye to all of them, so that nobody's leaving is told to others who are leaving too.
    for (const session of all) session.connection.close("system-shutdown");
    for (const session of all) this.end(session);
    for (const module of this.#modules) module.undo();
  }
}

function refused(condition: "bad-request" | "not-allowed" | "resource-constraint", text: string): BindResult {
  return { ok: false, condition, text };
}

/** A device is signed out whatever its session came by: the next one would come by its token. */
function isOf({ connection, device }: Session, credential: string): boolean {
  const isDevice = device !== undefined && deviceCredential(device) === credential;
  return isDevice || isLetInBy(connection, credential);
}

function isLetInBy({ credential, origin }: Connection, taken: string): boolean {
  return credential === taken || origin === taken;
}
