/** Differential fuzzing of the XML reader: `node test/fuzz/xml.ts --count 1000000 [--seed 1]`. */
import { deepStrictEqual } from "node:assert/strict";
import { parseArgs } from "node:util";
import { makeStream, mutate, Random, split } from "./xml-cases.ts";
import { compare, plain, readAll } from "./xml-oracle.ts";

export type Tally = Record<"read" | "refused" | "restricted", number>;

/** Checks `count` streams; throws with the seed of the one that fails. */
export function fuzz(count: number, seed: number, progress?: (done: number) => void): Tally {
  const tally: Tally = { read: 0, refused: 0, restricted: 0 };
  for (let i = 0; i < count; i++) {
    const random = new Random(seed + i);
    const whole = makeStream(random);
    const text = random.chance(50) ? mutate(random, whole) : whole;
    try {
      tally[compare(text)]++;
      checkSplit(random, text);
    } catch (cause) {
      throw new Error(`seed ${seed + i}: ${JSON.stringify(text)}`, { cause });
    }
    if (progress !== undefined && i % 10_000 === 0) progress(i);
  }
  return tally;
}

/** Any split of the octets, some of them broken, gives the same events. */
function checkSplit(random: Random, text: string): void {
  const bytes = Buffer.from(text);
  if (random.chance(20) && bytes.length > 0) bytes[random.below(bytes.length)] = random.below(256);
  const limits = random.chance(30)
    ? { bytes: 20 + random.below(200), depth: 1 + random.below(5), elements: 1 + random.below(6) }
    : { bytes: 100_000, depth: 64, elements: 5_000 };
  const whole = readAll([bytes], limits).map(plain);
  deepStrictEqual(readAll(split(random, bytes), limits).map(plain), whole);
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { count: { type: "string", default: "100000" }, seed: { type: "string" } } });
  const seed = values.seed === undefined ? Date.now() % 1_000_000_000 : Number(values.seed);
  console.log(`seed ${seed}`);
  console.log(fuzz(Number(values.count), seed, (done) => process.stderr.write(`\r${done}`)));
}
