/** Who answers which IQ: by type, namespace and name of the payload. */
import type { Iq } from "./iq.ts";

/**
 * Whom an IQ is for: the server itself, the sender's own account (its bare JID, or no address at all), or the account
 * of somebody else, for whom the server answers (RFC 6121 §8.5.2.1.3).
 */
export type IqPlace = "server" | "account" | "other";

/** The content of a result as XML in jabber:client, or TAKEN: the handler answers by itself. */
export type IqReply = string | typeof TAKEN;

/** The handler answers later, by `iq.send` or `iq.refuse`, within a time that it bounds itself. */
export const TAKEN = Symbol("taken");

/** Throws StanzaError to refuse. A promise has 30 s (`SessionLimits.iqTime`). */
export type IqHandler = (iq: Iq) => IqReply | Promise<IqReply>;

export type IqFound = IqHandler | "unknown-namespace" | "unknown-element";

const DEFAULT_PLACES: readonly IqPlace[] = ["server", "account"];

export class IqTable {
  readonly #handlers = new Map<string, IqHandler>();
  /** Namespaces known in each place, with how many handlers each has. */
  readonly #namespaces = new Map<string, number>();

  add(
    type: "get" | "set",
    ns: string,
    name: string,
    handler: IqHandler,
    places: readonly IqPlace[] = DEFAULT_PLACES,
  ): () => void {
    for (const place of places) {
      this.#handlers.set(`${place} ${type} ${name} ${ns}`, handler);
      this.#count(`${place} ${ns}`, 1);
    }
    return () => {
      for (const place of places) {
        this.#handlers.delete(`${place} ${type} ${name} ${ns}`);
        this.#count(`${place} ${ns}`, -1);
      }
    };
  }

  find(place: IqPlace, type: string, ns: string, name: string): IqFound {
    const handler = this.#handlers.get(`${place} ${type} ${name} ${ns}`);
    if (handler !== undefined) return handler;
    return this.#namespaces.has(`${place} ${ns}`) ? "unknown-element" : "unknown-namespace";
  }

  #count(key: string, change: number): void {
    const count = (this.#namespaces.get(key) ?? 0) + change;
    if (count === 0) this.#namespaces.delete(key);
    else this.#namespaces.set(key, count);
  }
}
