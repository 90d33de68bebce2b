/** A progress bar on a terminal; nothing where nobody looks. */

export interface ProgressBar {
  show(done: number, text: string): void;
  end(): void;
}

const WIDTH = 30;
const EVERY_MS = 100;

export function progressBar(stream: NodeJS.WriteStream, total: number): ProgressBar {
  if (!stream.isTTY) return { show: () => undefined, end: () => undefined };
  let shownAt = 0;
  let last: string | undefined;
  const draw = (done: number, text: string): void => {
    const part = total === 0 ? 1 : Math.min(1, done / total);
    const full = Math.round(part * WIDTH);
    last = text;
    stream.write(`\r[${"#".repeat(full)}${"-".repeat(WIDTH - full)}] ${Math.floor(part * 100)} % ${text}  `);
  };
  return {
    show(done, text) {
      last = text;
      const now = performance.now();
      if (now - shownAt < EVERY_MS) return;
      shownAt = now;
      draw(done, text);
    },
    end() {
      draw(total, last ?? "");
      stream.write("\n");
    },
  };
}
