/** What a connection knows of its login: the exchange under way, and what let it in. */
import type { SaslContext, SaslExchange, SaslOutcome } from "../xmpp/sasl/mechanism.ts";
import type { Registration } from "../xmpp/stream/register.ts";
import type { StreamEffect } from "../xmpp/stream/state.ts";
import { runStep } from "./sasl.ts";
import type { C2sShared } from "./shared.ts";

type Effect<Kind extends StreamEffect["kind"]> = Extract<StreamEffect, { readonly kind: Kind }>;

export class C2sLogin {
  /** ms since the epoch: when the login ends that began the session. */
  endsAt = Number.POSITIVE_INFINITY;
  /** As in `SaslOutcome`. */
  credential: string | undefined;
  origin: string | undefined;
  /** Logged in, without a session: told when that is over. */
  arrived: () => void = nothing;
  #exchange: SaslExchange | undefined;
  #registration: Registration | undefined;

  start(
    { authenticators, log }: C2sShared,
    { offer, mechanism, data, request }: Effect<"sasl-start">,
    plain: SaslContext,
  ): SaslOutcome | Promise<SaslOutcome> {
    const context = { ...plain, offered: offer.mechanisms };
    this.#exchange = authenticators
      .get(offer.domain)
      ?.start(mechanism, request === undefined ? context : { ...context, sasl2: request });
    return runStep(this.#exchange, data, log);
  }

  step({ log }: C2sShared, data: Uint8Array): SaslOutcome | Promise<SaslOutcome> {
    return runStep(this.#exchange, data, log);
  }

  settle(outcome: SaslOutcome): void {
    if (outcome.kind !== "challenge") this.forget();
    if (outcome.kind !== "success") return;
    this.endsAt = outcome.endsAt ?? Number.POSITIVE_INFINITY;
    this.credential = outcome.credential;
    this.origin = outcome.origin;
  }

  /** RFC 6120 §5.4.3.3: what was said on the open line counts for nothing. */
  secured(): void {
    this.#registration = undefined;
  }

  forget(): void {
    this.#exchange = undefined;
  }

  /** XEP-0077 before login; undefined: nobody registers there. */
  register({ registrars }: C2sShared, { domain, request }: Effect<"register">, address: string) {
    this.#registration ??= registrars.get(domain)?.start(address);
    return this.#registration?.ask(request);
  }
}

function nothing(): void {
  // Nobody waits.
}
