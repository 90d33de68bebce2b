/** Everybody and everything that takes part, and the trace of what happened since all was last found right. */
import type { Chance } from "../support/random.ts";
import type { Application } from "./application.ts";
import type { Device } from "./device.ts";
import type { Kith } from "./kith.ts";
import type { Truth, Truths } from "./truth.ts";

export interface Story {
  readonly chance: Chance;
  readonly truths: Truths;
  readonly application: Application;
  readonly kith: Kith;
  readonly devices: readonly Device[];
  /** Devices that somebody is logging in or out. */
  readonly busy: Set<Device>;
  readonly trace: Trace;
}

const SHOWN = 30;
const MOST_FAULTS = 20;

/** What was done to whom, and what was found wrong. */
export class Trace {
  readonly faults: string[] = [];
  readonly counts = new Map<string, number>();
  #lines: { readonly at: number; readonly about: readonly string[]; readonly text: string }[] = [];
  readonly #begun = Date.now();

  /** `about`: usernames; nobody: it is about all. */
  note(about: readonly string[], kind: string, detail = ""): void {
    this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1);
    this.#lines.push({ at: Date.now() - this.#begun, about, text: `${kind} ${about.join(" ")} ${detail}` });
  }

  /** All that was before is known to have ended well. */
  forget(): void {
    this.#lines = [];
  }

  /** A fault, with the last that happened to these people. */
  fault(about: readonly string[], text: string): void {
    if (this.faults.length >= MOST_FAULTS) return;
    const isAbout = (line: readonly string[]): boolean =>
      line.length > 1 ? about.every((who) => line.includes(who)) : line.every((who) => about.includes(who));
    const lines = this.#lines.filter((line) => isAbout(line.about));
    const told = lines.slice(-SHOWN).map(({ at, text: what }) => `    ${(at / 1000).toFixed(3)} ${what.slice(0, 200)}`);
    this.faults.push([`${((Date.now() - this.#begun) / 1000).toFixed(3)} ${text}`, ...told].join("\n"));
  }
}

export function anybody({ chance, truths }: Story): Truth {
  return chance.pick(truths.all);
}

/** Somebody near: lists overlap then, and most pairs of contacts are known to both. */
export function somebodyNear({ chance, truths }: Story, truth: Truth): Truth {
  const place = truths.all.indexOf(truth) + 1 + chance.below(12);
  return truths.all[place % truths.all.length] ?? truth;
}

export function devicesOf(story: Story, truth: Truth): Device[] {
  return story.devices.filter((device) => device.username === truth.username);
}
