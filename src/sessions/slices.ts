/** Work for many people, done in slices so that no turn of the event loop is held for long; in order per person. */

/** Runs at most `steps` steps. Whether the job is done. */
export function runSlice(job: Iterator<unknown>, steps: number): boolean {
  for (let left = steps; left > 0; left--) if (job.next().done === true) return true;
  return false;
}

export class Lane {
  readonly #jobs: Iterator<unknown>[];
  readonly #slice: number;
  readonly #later: (action: () => void) => void;
  readonly #idle: () => void;

  /** Goes on with `job`, and what is added, one slice a turn; calls `idle` when nothing is left. */
  constructor(job: Iterator<unknown>, slice: number, later: (action: () => void) => void, idle: () => void) {
    this.#jobs = [job];
    this.#slice = slice;
    this.#later = later;
    this.#idle = idle;
    this.#later(() => this.#turn());
  }

  add(job: Iterator<unknown>): void {
    this.#jobs.push(job);
  }

  #turn(): void {
    const [job] = this.#jobs;
    if (job !== undefined && runSlice(job, this.#slice)) this.#jobs.shift();
    if (this.#jobs.length === 0) this.#idle();
    else this.#later(() => this.#turn());
  }
}
