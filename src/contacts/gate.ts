/** The circuit breaker of one application at work: who may ask now, and what each call says of its health. */
import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import { admit, CLOSED, failed, succeeded } from "./breaker.ts";
import type { ContactsObserver } from "./observer.ts";
import { type FailedAnswer, failure } from "./source.ts";

export interface GateOptions {
  readonly domain: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly observer: ContactsObserver;
  /** The application is there again after the breaker was open. */
  readonly recovered: () => void;
}

const REFUSED = failure("circuit-open", "the application has failed too often and is given time to recover");

export class Gate {
  readonly #options: GateOptions;
  #breaker = CLOSED;

  constructor(options: GateOptions) {
    this.#options = options;
  }

  get isOpen(): boolean {
    return this.#breaker.open;
  }

  /** Undefined: the fetch may go out. `forced`: a refresh caused it. */
  admit(username: string, forced: boolean): FailedAnswer | undefined {
    const admission = admit(this.#breaker, this.#options.clock.now(), forced);
    this.#breaker = admission.state;
    if (admission.allowed) return undefined;
    this.#options.observer.fetched(username, REFUSED, undefined);
    return REFUSED;
  }

  /** One call has ended, for one user or for several. */
  judge(usernames: readonly string[], health: FailedAnswer["health"]): void {
    if (health === "unknown") return;
    const { clock, domain, log, observer, recovered } = this.#options;
    const wasOpen = this.#breaker.open;
    this.#breaker = health === "alive" ? succeeded(this.#breaker) : failed(this.#breaker, clock.now(), ...usernames);
    if (wasOpen === this.#breaker.open) return;
    observer.breaker(!wasOpen);
    if (wasOpen) {
      log.info("the application answers again", { domain });
      recovered();
    } else log.warn("the application fails; it is asked once a second until it answers", { domain });
  }
}
