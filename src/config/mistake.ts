/** Mistakes in a configuration, in words for the person who wrote it. */

export interface Mistake {
  /** Keys from the top, array positions as digits. */
  readonly path: readonly string[];
  /** What stands there; undefined: nothing. */
  readonly value: unknown;
  /** What should stand there: completes "expected …". */
  readonly expected: string;
}

const SECRET_KEYS = /^(bearer|secret|secrets|token|tokens|admintokens|registrationkey|password)$/i;

/** One line: path, value and expectation. Secrets are never shown, URLs lose their password. */
export function mistakeLine(mistake: Mistake): string {
  const path = mistake.path.length === 0 ? "(the whole)" : mistake.path.map(pathPart).join("").replace(/^\./, "");
  if (mistake.value === undefined) return `${path}: missing, expected ${mistake.expected}`;
  return `${path}: ${shown(mistake.path, mistake.value)}, expected ${mistake.expected}`;
}

function pathPart(key: string): string {
  if (/^\d+$/.test(key)) return `[${key}]`;
  return /^[A-Za-z_$][\w$]*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
}

function shown(path: readonly string[], value: unknown): string {
  if (path.some((key) => SECRET_KEYS.test(key))) return "(hidden)";
  if (Array.isArray(value)) return "an array";
  if (typeof value === "function") return "a function";
  if (typeof value === "object" && value !== null) return "an object";
  const text = JSON.stringify(value) ?? String(value);
  const masked = text.replace(/(:\/\/)[^/@\s"]*@/g, "$1(hidden)@");
  return masked.length > 80 ? `${masked.slice(0, 77)}…` : masked;
}

/** The known key that somebody most likely meant, if any is near. */
export function didYouMean(key: string, known: readonly string[]): string | undefined {
  let best: string | undefined;
  let least = Math.ceil(key.length / 3) + 1;
  for (const candidate of known) {
    const distance = editDistance(key.toLowerCase(), candidate.toLowerCase());
    if (distance < least) {
      least = distance;
      best = candidate;
    }
  }
  return best;
}

function editDistance(a: string, b: string): number {
  if (a.length > 64 || b.length > 64) return 64;
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + same));
    }
    row = next;
  }
  return row[b.length] ?? 64;
}
