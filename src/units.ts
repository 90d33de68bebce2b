/** Durations and sizes as people write them: `"5s"`, `"8MiB"`. A bare number has no unit and is refused. */

/** Milliseconds. */
export type Milliseconds = number & { readonly unit?: "ms" };
/** Octets. */
export type Bytes = number & { readonly unit?: "B" };

const DURATIONS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

const SIZES: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1000,
  KB: 1000,
  MB: 1e6,
  GB: 1e9,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
};

const QUANTITY = /^(\d{1,15}(?:\.\d{1,6})?)\s?([A-Za-z]{1,3})$/;

export const DURATION_EXPECTED = 'a duration like "500ms", "5s", "10m", "2h" or "1d"';
export const SIZE_EXPECTED = 'a size like "512B", "256kB", "64KiB" or "8MiB"';

function quantity(text: string, units: Readonly<Record<string, number>>): number | undefined {
  const match = QUANTITY.exec(text.trim());
  const unit = match?.[2];
  if (match === null || unit === undefined || !Object.hasOwn(units, unit)) return undefined;
  const value = Math.round(Number(match[1]) * (units[unit] ?? 0));
  return Number.isSafeInteger(value) ? value : undefined;
}

/** `"5s"` to milliseconds; undefined when it is no duration. Units: ms, s, m, h, d. */
export function parseDuration(text: string): Milliseconds | undefined {
  return quantity(text, DURATIONS);
}

/** `"8MiB"` to octets; undefined when it is no size. Units: B, kB, MB, GB (thousands), KiB, MiB, GiB (1024). */
export function parseSize(text: string): Bytes | undefined {
  return quantity(text, SIZES);
}
