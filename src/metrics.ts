/** Prometheus metrics, declared by the part that counts. A counter without labels costs one addition. */
import {
  collectDefaultMetrics,
  Gauge,
  Counter as PromCounter,
  Histogram as PromHistogram,
  Registry,
} from "prom-client";

export interface Counter {
  add(count?: number): void;
  readonly value: number;
}

export interface LabelledCounter {
  add(labels: Readonly<Record<string, string>>, count?: number): void;
}

export interface Histogram {
  observe(value: number): void;
}

/** What is known of a metric without its values. */
export interface MetricFacts {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly labels: readonly string[];
}

/** Of the process: `process_…` and `nodejs_…`, event loop, memory and garbage collection. Servers in one process share it. */
let ofProcess: Registry | undefined;

function processRegistry(): Registry {
  if (ofProcess === undefined) {
    ofProcess = new Registry();
    collectDefaultMetrics({ register: ofProcess });
  }
  return ofProcess;
}

/** One registry per server: names start with `kith_`, units stand in the name (`_seconds`, `_bytes`, `_total`). */
export class Metrics {
  readonly #registry = new Registry();
  #process: Registry | undefined;

  /** From now on the metrics of the process are told too. */
  addProcess(): void {
    this.#process = processRegistry();
  }

  /** All that are declared, in the order of their names. */
  describe(): readonly MetricFacts[] {
    const all = [...this.#registry.getMetricsAsArray(), ...(this.#process?.getMetricsAsArray() ?? [])];
    const facts = all.map((metric) => {
      const { labelNames } = metric as unknown as { readonly labelNames?: readonly string[] };
      return { name: metric.name, type: String(metric.type), help: metric.help, labels: labelNames ?? [] };
    });
    return facts.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  counter(name: string, help: string): Counter {
    let value = 0;
    new PromCounter({
      name,
      help,
      registers: [this.#registry],
      collect() {
        this.reset();
        this.inc(value);
      },
    });
    return {
      add(count = 1) {
        value += count;
      },
      get value() {
        return value;
      },
    };
  }

  labelled(name: string, help: string, labelNames: readonly string[]): LabelledCounter {
    // Counted here: the library checks, sorts and joins labels for each thing counted, and not for each of their few values.
    const counted = new Map<string, { readonly labels: Record<string, string>; value: number }>();
    const counter = new PromCounter({
      name,
      help,
      labelNames: [...labelNames],
      registers: [this.#registry],
      collect() {
        this.reset();
        for (const { labels, value } of counted.values()) this.inc(labels, value);
      },
    });
    return {
      add(labels, count = 1) {
        let key = "";
        for (const label of labelNames) key += keyPart(labels[label]);
        let one = counted.get(key);
        if (one === undefined) {
          one = { labels: { ...labels }, value: 0 };
          counter.inc(one.labels, 0); // a label that was not declared throws here, and not when somebody asks for the metrics
          counted.set(key, one);
        }
        one.value += count;
      },
    };
  }

  /** A value that is read when somebody asks for the metrics. */
  gauge(name: string, help: string, read: () => number): void {
    new Gauge({
      name,
      help,
      registers: [this.#registry],
      collect() {
        this.set(read());
      },
    });
  }

  /** The same for several values that one label tells apart. */
  gauges(name: string, help: string, label: string, read: () => Readonly<Record<string, number>>): void {
    new Gauge({
      name,
      help,
      labelNames: [label],
      registers: [this.#registry],
      collect() {
        for (const [key, value] of Object.entries(read())) this.set({ [label]: key }, value);
      },
    });
  }

  histogram(name: string, help: string, buckets: readonly number[]): Histogram {
    const histogram = new PromHistogram({ name, help, buckets: [...buckets], registers: [this.#registry] });
    return { observe: (value) => histogram.observe(value) };
  }

  /** The Prometheus text format and its content type. */
  async render(): Promise<{ readonly contentType: string; readonly body: string }> {
    const own = await this.#registry.metrics();
    const process = this.#process === undefined ? "" : await this.#process.metrics();
    return { contentType: this.#registry.contentType, body: own + process };
  }
}

/** Ends where it says, whatever is in the value. */
function keyPart(value: string | undefined): string {
  return value === undefined ? "-" : `${value.length}:${value}`;
}
