/** Hooks: places where modules take part, as imported values, run in phases. */
import type { StanzaError } from "../xmpp/stanza/error.ts";

/** `E` is what happens. Defined once, next to the code that runs it. */
export interface Hook<E> {
  readonly name: string;
  /** Only for the compiler. */
  readonly event?: E;
}

export function defineHook<E extends object>(name: string): Hook<E> {
  return Object.freeze({ name });
}

export interface Handlers<E> {
  /** May refuse: the error is the answer. */
  guard: (event: E) => StanzaError | undefined;
  /** May add: what it returns takes the place of the event. */
  annotate: (event: E) => E | undefined;
  /** May take over: true, and nothing else is done. */
  deliver: (event: E) => boolean;
  /** May look. */
  observe: (event: E) => void;
}

export type Phase = keyof Handlers<object>;

export type Outcome<E> =
  | { readonly kind: "refused"; readonly error: StanzaError }
  | { readonly kind: "taken" }
  | { readonly kind: "passed"; readonly event: E };

const TAKEN = { kind: "taken" } as const;

/** What is registered for one hook. `active` is false as long as there is nothing, so that hot paths need not run it. */
export class HookList<E extends object> {
  readonly #guard: Handlers<E>["guard"][] = [];
  readonly #annotate: Handlers<E>["annotate"][] = [];
  readonly #deliver: Handlers<E>["deliver"][] = [];
  readonly #observe: Handlers<E>["observe"][] = [];
  active = false;

  /** Returns what undoes it. */
  add<P extends Phase>(phase: P, handler: Handlers<E>[P]): () => void {
    const list = this.#of(phase);
    list.push(handler);
    this.active = true;
    return () => {
      const at = list.indexOf(handler);
      if (at !== -1) list.splice(at, 1);
      this.active = this.#guard.length + this.#annotate.length + this.#deliver.length + this.#observe.length > 0;
    };
  }

  run(first: E): Outcome<E> {
    let event = first;
    for (const guard of this.#guard) {
      const error = guard(event);
      if (error !== undefined) return { kind: "refused", error };
    }
    for (const annotate of this.#annotate) event = annotate(event) ?? event;
    let taken = false;
    for (const deliver of this.#deliver) {
      taken = deliver(event);
      if (taken) break;
    }
    for (const observe of this.#observe) observe(event);
    return taken ? TAKEN : { kind: "passed", event };
  }

  #of<P extends Phase>(phase: P): Handlers<E>[P][] {
    const lists: { readonly [K in Phase]: Handlers<E>[K][] } = {
      guard: this.#guard,
      annotate: this.#annotate,
      deliver: this.#deliver,
      observe: this.#observe,
    };
    return lists[phase];
  }
}

/** The lists of one server. */
export class Hooks {
  readonly #lists = new Map<Hook<never>, HookList<never>>();

  of<E extends object>(hook: Hook<E>): HookList<E> {
    let list = this.#lists.get(hook as Hook<never>) as HookList<E> | undefined;
    if (list === undefined) {
      list = new HookList<E>();
      this.#lists.set(hook as Hook<never>, list as unknown as HookList<never>);
    }
    return list;
  }
}
