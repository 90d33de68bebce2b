/** What a connection is to the stream machine: its settings, asked at the moment they are needed. */
import type { SaslContext } from "../xmpp/sasl/mechanism.ts";
import type { StreamSettings } from "../xmpp/stream/state.ts";
import type { Element } from "../xmpp/xml/element.ts";
import type { C2sShared } from "./shared.ts";
import type { Transport } from "./transport.ts";

/** A base class and not a part: a connection is one object, for there are many. */
export abstract class C2sSettings implements StreamSettings {
  protected readonly shared: C2sShared;
  protected readonly line: Transport;

  constructor(shared: C2sShared, line: Transport) {
    this.shared = shared;
    this.line = line;
  }

  get framing(): StreamSettings["framing"] {
    return this.line.framing;
  }

  get domains(): readonly string[] {
    return this.shared.sessions.domains;
  }

  get tries(): number {
    return this.shared.limits.loginTries;
  }

  get resumes(): boolean {
    return this.shared.sessions.resumes;
  }

  get advertised(): StreamSettings["advertised"] {
    return this.shared.profiles.advertised;
  }

  offersTls(): boolean {
    return this.line.offersTls;
  }

  maySasl(): boolean {
    return this.line.secure || this.shared.allowPlaintext;
  }

  mechanisms(domain: string): readonly string[] {
    return this.shared.authenticators.get(domain)?.mechanisms(this.context(domain)) ?? [];
  }

  tokenMechanisms(domain: string): readonly string[] {
    return this.shared.authenticators.get(domain)?.tokenMechanisms?.(this.context(domain)) ?? [];
  }

  mayRegister(domain: string): boolean {
    return this.shared.registrars.has(domain);
  }

  offersRegister(domain: string): boolean {
    return this.shared.registrars.get(domain)?.isOffered() ?? false;
  }

  channelBindings(): readonly string[] {
    return Object.keys(this.line.channelBindings());
  }

  features(domain: string): readonly Element[] {
    return this.shared.sessions.streamFeatures(domain);
  }

  inlineFeatures(): readonly string[] {
    return this.shared.sessions.inlineFeatures();
  }

  protected context(domain: string): SaslContext {
    const line = this.line;
    return { domain, secure: this.maySasl(), channelBindings: line.channelBindings(), address: line.address };
  }
}
