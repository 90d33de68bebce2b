/** Symmetry of a sample: who is listed by somebody should list them. */
import type { Subscription } from "../../contacts/list.ts";
import type { Answer } from "../../contacts/source.ts";
import type { Probe } from "./probe.ts";
import type { Report } from "./report.ts";

const SAMPLE = 20;
/** ms; a slow application is not asked for all of the sample. */
const PATIENCE = 20_000;

const SEES: readonly (Subscription | undefined)[] = ["both", "to"];
const SEEN: readonly (Subscription | undefined)[] = ["both", "from"];

export async function checkSymmetry(
  username: string,
  list: Extract<Answer, { kind: "list" }>["list"],
  probe: Probe,
  report: Report,
): Promise<void> {
  const { domain } = probe.config;
  const own = `${username}@${domain}`;
  const until = probe.clock.now() + PATIENCE;
  let looked = 0;
  let disagreeing = 0;
  let without = 0;
  for (const contact of sampleOf([...list].filter(({ jid }) => jid.endsWith(`@${domain}`)))) {
    if (probe.clock.now() > until) break;
    const { answer } = await probe.ask(contact.jid.slice(0, contact.jid.indexOf("@")));
    looked++;
    if (answer.kind === "not-found") without++;
    if (answer.kind !== "list") continue;
    const back = answer.list.subscription(own);
    const { subscription } = contact;
    const agrees =
      SEES.includes(subscription) === SEEN.includes(back) && SEEN.includes(subscription) === SEES.includes(back);
    if (agrees) continue;
    disagreeing++;
    const how = back === undefined ? `${contact.jid} does not list ${own}` : `${contact.jid} lists ${own} as ${back}`;
    report.fail(
      `  ${own} lists ${contact.jid} as ${subscription}, and ${how}`,
      "Presence flows only where both lists let it: give both sides the connection, or none.",
    );
  }
  if (looked === 0) return;
  if (without > 0) report.note(`  symmetry: ${without} of ${looked} contacts in the sample have no list (404)`);
  if (disagreeing === 0) report.ok(`  symmetry: a sample of ${looked} contacts agrees`);
}

/** Spread over the list. */
function sampleOf<T>(all: readonly T[]): readonly T[] {
  if (all.length <= SAMPLE) return all;
  return Array.from({ length: SAMPLE }, (_, index) => all[Math.floor((index * all.length) / SAMPLE)]).filter(
    (one): one is T => one !== undefined,
  );
}
