/** The module API: what a XEP in `modules/` says of itself and what it may ask of the server. */
import type { Timer } from "../clock.ts";
import type { Log } from "../log.ts";
import type { Metrics } from "../metrics.ts";
import type { StanzaName } from "../xmpp/stanza/stanza.ts";
import type { Copies } from "../xmpp/stream/acks.ts";
import type { Element } from "../xmpp/xml/element.ts";
import { ask } from "./ask.ts";
import type { Core, DiscoNode, Domain, Identity, Software } from "./core.ts";
import { follow, unfollow } from "./followers.ts";
import type { OwnedElement } from "./forged.ts";
import type { Handlers, Hook, Phase } from "./hooks.ts";
import type { InlineFeature } from "./inline.ts";
import type { IqHandler, IqPlace } from "./iq-table.ts";
import type { Session } from "./session.ts";
import type { User } from "./user.ts";

export interface Module {
  readonly name: string;
  readonly xeps: readonly { readonly number: number; readonly version: string }[];
  setup(host: ModuleHost): void;
}

export function defineModule(module: Module): Module {
  return module;
}

/** One per module: remembers what was registered, and `undo` takes all of it back. */
export class ModuleHost {
  readonly log: Log;
  readonly metric: Metrics;
  readonly software: Software;
  readonly #core: Core;
  readonly #undo: (() => void)[] = [];
  readonly #timers = new Set<Timer>();

  constructor(core: Core, metrics: Metrics) {
    this.#core = core;
    this.log = core.log;
    this.metric = metrics;
    this.software = core.software;
  }

  /** A feature of the server and of every account (XEP-0030 §3.1). */
  feature(ns: string): void {
    this.#core.features.add(ns);
    this.#undo.push(() => void this.#core.features.delete(ns));
  }

  /** A feature of the server alone. */
  serverFeature(ns: string): void {
    this.feature(ns);
    this.#core.serverFeatures.add(ns);
    this.#undo.push(() => void this.#core.serverFeatures.delete(ns));
  }

  /** A node of the server (XEP-0030 §3.2). */
  discoNode(name: string, node: DiscoNode): void {
    this.#core.discoNodes.set(name, node);
    this.#undo.push(() => void this.#core.discoNodes.delete(name));
  }

  identity(identity: Identity): void {
    this.#core.identities.add(identity);
    this.#undo.push(() => void this.#core.identities.delete(identity));
  }

  /** Who answers an IQ. Without `places`: for the server itself and the sender's own account. */
  iq(type: "get" | "set", ns: string, name: string, handler: IqHandler, places?: readonly IqPlace[]): void {
    this.#undo.push(this.#core.iqs.add(type, ns, name, handler, places));
  }

  on<E extends object, P extends Phase>(hook: Hook<E>, phase: P, handler: Handlers<E>[P]): void {
    this.#undo.push(this.#core.hooks.of(hook).add(phase, handler));
  }

  /** An element that only the server may add in its own name: stripped when a client forges it. */
  owns(element: OwnedElement): void {
    this.#undo.push(this.#core.owned.add(element));
  }

  /** An element of the stream features after login, per domain. */
  streamFeature(make: (domain: string) => Element | undefined): void {
    this.#core.streamFeatures.add(make);
    this.#undo.push(() => void this.#core.streamFeatures.delete(make));
  }

  /** What a client may ask for with its resource (XEP-0386 §3.1). */
  inlineFeature(feature: InlineFeature): void {
    this.#core.inlineFeatures.add(feature);
    this.#undo.push(() => void this.#core.inlineFeatures.delete(feature));
  }

  /** From now on `messageRouted` tells of what this resource misses of its account's messages, or no longer. */
  follow(session: Session, on: boolean): void {
    if (on) follow(session);
    else unfollow(session);
  }

  /** Sends a stanza of the server to one client: `tail` as for Connection.send. */
  send(session: Session, name: StanzaName, tail: string, copies?: Copies): void {
    session.connection.send(name, tail, copies);
  }

  /** Asks a client; undefined when it does not answer in time. Never rejects. */
  ask(session: Session, type: "get" | "set", inner: string, ms?: number): Promise<Element | undefined> {
    return ask(this.#core, session, type, inner, ms);
  }

  /** Runs `action` once after `ms` milliseconds. */
  schedule(ms: number, action: () => void): Timer {
    const timer = this.#core.clock.after(ms, () => {
      this.#timers.delete(timer);
      action();
    });
    this.#timers.add(timer);
    return timer;
  }

  now(): number {
    return this.#core.clock.now();
  }

  /** Somebody who is online, by bare JID. */
  user(bareJid: string): User | undefined {
    return this.#core.users.get(bareJid);
  }

  /** Everybody who is online. */
  users(): Iterable<User> {
    return this.#core.users.values();
  }

  domain(name: string): Domain | undefined {
    return this.#core.domains.get(name);
  }

  /** At most so much may wait for one session's contact list. */
  get pendingLimit(): number {
    return this.#core.limits.pending;
  }

  get features(): ReadonlySet<string> {
    return this.#core.features;
  }

  get serverFeatures(): ReadonlySet<string> {
    return this.#core.serverFeatures;
  }

  get discoNodes(): ReadonlyMap<string, DiscoNode> {
    return this.#core.discoNodes;
  }

  get identities(): ReadonlySet<Identity> {
    return this.#core.identities;
  }

  undo(): void {
    for (const timer of this.#timers) timer.cancel();
    for (const step of this.#undo.splice(0).reverse()) step();
  }
}
