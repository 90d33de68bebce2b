/** Long work in slices, so that nobody waits for the whole of it. */

/** Runs `work` to its end; after every `every` steps `yieldNow` lets others have their turn. */
export async function inSlices<T>(
  work: Iterator<unknown, T>,
  every: number,
  yieldNow: () => Promise<void>,
): Promise<T> {
  for (let steps = 1; ; steps++) {
    const step = work.next();
    if (step.done === true) return step.value;
    if (steps % every === 0) await yieldNow();
  }
}

/** Runs `work` to its end at once. */
export function atOnce<T>(work: Iterator<unknown, T>): T {
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
  }
}
