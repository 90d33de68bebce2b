import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../src/clock.ts";
import { createAccessTokenCheck } from "../../src/login/oauth/check.ts";
import type { Storage } from "../../src/storage/storage.ts";
import { DOMAIN } from "../load/client.ts";
import { accessTokenOf } from "../load/credentials.ts";
import { loners } from "../load/people.ts";
import { pbkdf2Cost } from "../machine.ts";
import { OTHER_TOKENS, openKithFile, otherName, putTokens, registrationOf } from "../servers/logins.ts";
import { type Figure, Samples, type Scenario, type Size } from "./scenario.ts";

/** Tokens that are checked in turn: far more than SQLite holds in memory, fewer than whose use is remembered. */
const CHECKED = 5000;
/** Apart from each other in the file, and none twice: it shares no factor with their number. */
const STRIDE = 7919;
/** They have grants too, in which it is written when they were used. */
const HOLDERS = loners("holder", 1000);

/** What the server does for an access token, without the server: one look-up in a file with many. */
export const tokens: Scenario = {
  row: "tokens",
  title: () => `${CHECKED} access tokens of ${OTHER_TOKENS} in an SQLite file, checked in this process`,
  needs: "itself",
  fresh: true,
  long: true,
  people: () => [],
  run: ({ size }) => run(size),
};

async function run(size: Size): Promise<Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), "kith-bench-tokens-"));
  try {
    const path = join(folder, "kith.sqlite");
    await putTokens(path, HOLDERS);
    const storage = openKithFile(path);
    const samples = new Samples();
    for (let index = 0; index < size.runs + 1; index += 1) {
      const costs = costsIn(storage);
      if (index === 0) continue; // warming up
      for (const [figure, micros] of Object.entries(costs)) samples.add(figure, "µs", micros);
      samples.add("one PBKDF2 then", "µs", 1000 * pbkdf2Cost());
    }
    await storage.close();
    return samples.figures();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function costsIn({ oauth }: Storage): Readonly<Record<string, number>> {
  const registration = registrationOf();
  const isTakenBack = (clientId: string): boolean => registration.isTakenBack(clientId);
  const check = createAccessTokenCheck({ domain: DOMAIN, store: oauth, clock: systemClock, isTakenBack });
  const numbers = Array.from({ length: CHECKED }, (_, index) => 1 + ((index * STRIDE) % OTHER_TOKENS));
  const right = numbers.map((number) => accessTokenOf(otherName(number)));
  const wrong = numbers.map((number) => accessTokenOf(`nobody${number}`));
  const isRight = (token: string): boolean => check(token).kind === "right";
  const isWrong = (token: string): boolean => check(token).kind === "wrong";
  cpuOf(right, isRight); // whose use is remembered then
  return {
    "CPU of a right one": cpuOf(right, isRight),
    "CPU of a wrong one": cpuOf(wrong, isWrong),
    "CPU of one not used for ten minutes": cpuOf(
      HOLDERS.map(({ name }) => accessTokenOf(name)),
      isRight,
    ),
  };
}

/** µs of each. */
function cpuOf(all: readonly string[], isExpected: (token: string) => boolean): number {
  const begun = process.cpuUsage();
  for (const token of all) if (!isExpected(token)) throw new Error("an access token was judged in another way");
  const { user, system } = process.cpuUsage(begun);
  return (user + system) / all.length;
}
