/** What a connection knows of its session: none yet, one that ends with it, or by XEP-0198 one that may outlive it. */
import type { Line } from "../sessions/connection.ts";
import type { BoundSession } from "../sessions/host.ts";
import type { ManagedConnection } from "../sessions/managed-connection.ts";
import type { Stanza } from "../xmpp/stanza/stanza.ts";
import type { EnableWish } from "../xmpp/stream/management-wish.ts";
import type { BindAnswer, EnableAnswer, ResumeAnswer, StreamEffect } from "../xmpp/stream/state.ts";
import type { C2sShared } from "./shared.ts";

type Effect<Kind extends StreamEffect["kind"]> = Extract<StreamEffect, { readonly kind: Kind }>;

/** Ends for which the client has not said that it goes. XEP-0198 §7 */
const LOSSES: ReadonlySet<string> = new Set(["lost", "connection-timeout"]);

export class C2sSession {
  #session: BoundSession | undefined;
  /** What the session sends to instead of the connection itself. */
  managed: ManagedConnection | undefined;

  get isThere(): boolean {
    return this.#session !== undefined;
  }

  get jid(): string | undefined {
    return this.#session?.jid;
  }

  bind({ sessions }: C2sShared, { login, resource, device }: Effect<"bind">, connection: Line): BindAnswer {
    const asked = { ...login, resource, connection };
    const result = sessions.bind(device === undefined ? asked : { ...asked, device, inline: device.inline });
    if (!result.ok) return result;
    const { session, inline } = result;
    this.#session = session;
    return { ok: true, jid: session.jid, inline, enabled: device?.enable && this.enable(device.enable, connection) };
  }

  enable(wish: EnableWish, line: Line): EnableAnswer | undefined {
    const enabled = this.#session?.manage(line, wish);
    this.managed = enabled?.managed;
    return enabled?.answer;
  }

  resume({ sessions }: C2sShared, { login, wish }: Effect<"resume">, line: Line): ResumeAnswer {
    const result = sessions.resume({ ...login, ...wish, line });
    if (!result.ok) return result.answer;
    const { session, managed } = result;
    this.#session = session;
    this.managed = managed;
    return { ok: true, jid: session.jid, id: wish.id, h: managed.handled };
  }

  receive(stanza: Stanza): void {
    this.managed?.handle();
    this.#session?.receive(stanza);
  }

  /** Another connection has it now. */
  forget(): void {
    this.#session = undefined;
    this.managed = undefined;
  }

  /** The stream is over. */
  end(reason: string): void {
    if (LOSSES.has(reason)) this.#session?.lost();
    else this.#session?.end();
  }
}
