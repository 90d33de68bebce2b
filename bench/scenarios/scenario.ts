import type { App } from "../load/app.ts";
import type { Way } from "../load/client.ts";
import type { Meter } from "../load/meter.ts";
import type { Person } from "../load/people.ts";
import type { Server } from "../servers/server.ts";

/** How much is done: `--quick` is smaller and shorter, with one run. */
export interface Size {
  readonly quick: boolean;
  /** Runs of every measurement. */
  readonly runs: number;
}

/** What a scenario has to work with. The server is up and rests, nobody is online. */
export interface Bench {
  readonly server: Server;
  readonly app: App;
  readonly meter: Meter;
  readonly size: Size;
  /** To be called when everything is prepared and what is to be measured begins: here a profile starts. */
  begin(): Promise<void>;
  /** Whether the server asks the application (else it is told contact by contact). */
  readonly pulls: boolean;
}

/** One figure of a row with a sample for each run. */
export interface Figure {
  readonly figure: string;
  readonly unit: string;
  readonly samples: readonly number[];
}

/**
 * What the server must have: contacts at all, or also a way to be told of changed ones; passwords kept `hashed`; `tls`, with them hashed too;
 * carbons and stream management, as far as it has them (`extras`). The others only Kith has: lists asked for together (`batch`), pairs set without
 * asking (`edges`), presence told by POST (`events`) or `stream`, figures at any size (`growth`),
 * clients that register themselves (`oauth`), tokens that they were given (`grants`), devices that come back (`devices`),
 * and rows that look at Kith without that server (`itself`).
 */
export type Need =
  | "nothing"
  | "hashed"
  | "tls"
  | "extras"
  | "contacts"
  | "changes"
  | "batch"
  | "edges"
  | "events"
  | "stream"
  | "growth"
  | "oauth"
  | "grants"
  | "devices"
  | "itself";

/** One row of the table: what it needs, and how it is measured. */
export interface Scenario {
  readonly row: string;
  /** What happens, in one line. */
  title(size: Size): string;
  readonly needs: Need;
  /** Too long for a run without words: played only when named, or with `--rows all`. */
  readonly long?: boolean;
  /** Wants a server of its own: its memory is measured, or it is set up in another way. */
  readonly fresh: boolean;
  people(size: Size): Person[];
  run(bench: Bench): Promise<Figure[]>;
}

/** Rounds until the code is compiled, which are not counted; a quick run does not wait for all of it. */
export function warmUp(size: Size, rounds: number): number {
  return size.quick ? Math.min(rounds, 3) : rounds;
}

/** The way by which that server can be logged in to: PLAIN where it knows nothing else. */
export function known({ server }: Bench, way: Way): Way {
  return server.isCanned === true ? { ...way, mechanism: "PLAIN" } : way;
}

/** Collects samples by figure, in the order of first mention. */
export class Samples {
  readonly #figures = new Map<string, { unit: string; samples: number[] }>();

  add(figure: string, unit: string, value: number): void {
    const known = this.#figures.get(figure);
    if (known === undefined) this.#figures.set(figure, { unit, samples: [value] });
    else known.samples.push(value);
  }

  figures(): Figure[] {
    return [...this.#figures].map(([figure, { unit, samples }]) => ({ figure, unit, samples }));
  }
}

/** The value below which the share `quantile` of the values lies; 0 when there are none. */
export function percentile(values: readonly number[], quantile: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(quantile * sorted.length))] ?? 0;
}
