/** Work for many people, done in slices so that no turn of the event loop is held for long; in order per person. */

/** Runs at most `steps` steps. How many of them are left when the job is done; -1: it is not. */
export function runSlice(job: Iterator<unknown>, steps: number): number {
  for (let left = steps - 1; left >= 0; left--) if (job.next().done === true) return left;
  return -1;
}

export class Lane {
  readonly #jobs: Iterator<unknown>[];
  readonly #slice: number;
  readonly #later: (action: () => void) => void;
  readonly #idle: () => void;

  /** Goes on with `jobs`, and what is added, one slice a turn; calls `idle` when nothing is left. */
  constructor(jobs: Iterator<unknown>[], slice: number, later: (action: () => void) => void, idle: () => void) {
    this.#jobs = jobs;
    this.#slice = slice;
    this.#later = later;
    this.#idle = idle;
    this.#later(() => this.#turn());
  }

  /** Jobs that are not done. */
  get length(): number {
    return this.#jobs.length;
  }

  add(job: Iterator<unknown>): void {
    this.#jobs.push(job);
  }

  #turn(): void {
    let left = this.#slice;
    for (let job = this.#jobs[0]; job !== undefined && left > 0; job = this.#jobs[0]) {
      left = runSlice(job, left);
      if (left >= 0) this.#jobs.shift();
    }
    if (this.#jobs.length === 0) this.#idle();
    else this.#later(() => this.#turn());
  }
}
