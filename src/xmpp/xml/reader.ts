/** The XML reader of a stream: strict, incremental, one pass. RFC 6120 §4 and §11; XML 1.0; Namespaces in XML 1.0. */
import { NOT_UTF8 } from "./faults.ts";
import { Scanner } from "./scanner.ts";
import type { XmlSink } from "./sink.ts";
import type { XmlLimits } from "./stream-element.ts";
import { Utf8Decoder } from "./utf8.ts";

export type { StreamHeader, XmlSink } from "./sink.ts";

/**
 * Takes octets as they arrive and tells the sink of the stream header, each complete direct child, the end, or the
 * first fault; the same for every way to split the octets. The sink may call every method from inside its calls. A
 * chunk must not change after it was written. Never throws by itself.
 */
export class XmlReader {
  private readonly sink: XmlSink;
  private readonly scanner: Scanner;
  private readonly decoder = new Utf8Decoder();
  /** Chunks written while the reader was paused or busy. */
  private readonly waiting: Uint8Array[] = [];
  private waitingBytes = 0;
  private paused = false;
  private busy = false;
  private ended = false;

  constructor(limits: XmlLimits, sink: XmlSink) {
    this.sink = sink;
    this.scanner = new Scanner(1, limits, {
      header: (open) => this.sink.header(open),
      element: (el) => this.sink.element(el),
      end: () => this.stop(() => this.sink.end()),
      fault: (fault) => this.stop(() => this.sink.fault(fault)),
    });
  }

  write(chunk: Uint8Array): void {
    if (this.ended || chunk.length === 0) return;
    if (this.paused || this.busy) {
      this.waiting.push(chunk);
      this.waitingBytes += chunk.length;
      return;
    }
    this.scanner.feed(this.decoder.decode(chunk), this.decoder.takeUnits());
    this.drive();
  }

  /** Nothing is told until `resume`; what was received and what comes is kept. */
  pause(): void {
    this.paused = true;
    this.scanner.held = true;
  }

  /** Goes on where `pause` stopped. */
  resume(): void {
    if (!this.paused) return;
    this.paused = false;
    this.scanner.held = false;
    if (!this.busy && !this.ended) this.drive();
  }

  /** Expects a new stream header (RFC 6120 §4.3.3); what was received and not read is part of the new stream. */
  reset(limits?: XmlLimits): void {
    if (limits !== undefined) this.scanner.setLimits(limits);
    this.scanner.restart(true);
    this.ended = false;
  }

  /** Counts from the next element or tag on. */
  setLimits(limits: XmlLimits): void {
    this.scanner.setLimits(limits);
  }

  /** Drops what was received and not read and tells how many octets it was: RFC 6120 §5.4.3.3. */
  discard(): number {
    const dropped = this.buffered;
    this.scanner.drop();
    this.decoder.reset();
    this.clearWaiting();
    return dropped;
  }

  /** No more octets will come: what is kept is released and nothing more is told. */
  end(): void {
    this.discard();
    this.scanner.restart(true);
    this.ended = true;
  }

  /** Octets that were received and not read yet. */
  get buffered(): number {
    return this.scanner.unread + this.decoder.waiting + this.waitingBytes;
  }

  private drive(): void {
    this.busy = true;
    do {
      this.scanner.run();
      if (this.paused || this.ended) break;
      if (this.decoder.broken) this.scanner.fail(NOT_UTF8);
    } while (this.next());
    this.busy = false;
  }

  /** Hands the next waiting chunk to the scanner. */
  private next(): boolean {
    if (this.paused || this.ended) return false;
    const chunk = this.waiting.shift();
    if (chunk === undefined) return false;
    this.waitingBytes -= chunk.length;
    this.scanner.feed(this.decoder.decode(chunk), this.decoder.takeUnits());
    return true;
  }

  private stop(tell: () => void): void {
    this.ended = true;
    this.decoder.reset();
    this.clearWaiting();
    tell();
  }

  private clearWaiting(): void {
    this.waiting.length = 0;
    this.waitingBytes = 0;
  }
}
