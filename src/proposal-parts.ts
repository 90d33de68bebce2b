/** Clients' proposals, put together: per domain, whom they are posted to and who hears what became of them. */
import type { Clock } from "./clock.ts";
import type { Config } from "./config/config.ts";
import { ProposalMetrics } from "./contacts/proposal-metrics.ts";
import { type DecidedProposal, Proposals } from "./contacts/proposals.ts";
import type { Log } from "./log.ts";
import type { Metrics } from "./metrics.ts";
import { createHttpClient } from "./net/http-client.ts";
import type { EventSink, ProposalEvent } from "./sessions/app-events.ts";
import { postOf } from "./source-of.ts";

interface Around {
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly events: EventSink;
}

/** Connections to the application beside those that ask for contacts. */
const CONNECTIONS = 16;

/** By domain; those without `proposals.url` are absent. */
export function startProposals(
  config: Config,
  { clock, log, metrics, events }: Around,
  opened: AsyncDisposableStack,
): ReadonlyMap<string, Proposals> {
  const proposalMetrics = new ProposalMetrics(metrics);
  const limits = config.limits.proposals;
  const all = new Map<string, Proposals>();
  for (const domain of config.domains) {
    const { url } = domain.proposals;
    if (url === null) continue;
    const client = createHttpClient({ connections: CONNECTIONS, connectTimeout: limits.time });
    opened.defer(() => client.close());
    const proposals = new Proposals({
      domain: domain.domain,
      url,
      post: postOf(domain, client.fetch, clock),
      clock,
      log,
      metrics: proposalMetrics,
      limits,
      asked: (proposal) => events.emit(domain.domain, eventOf(proposal)),
    });
    opened.defer(() => proposals.close());
    all.set(domain.domain, proposals);
  }
  return all;
}

function eventOf({ id, user, wish, outcome }: DecidedProposal): ProposalEvent {
  const reason = outcome.kind === "deny" ? outcome.reason : undefined;
  return {
    type: "proposal",
    user,
    data: {
      proposal: id,
      action: wish.type,
      contact: wish.contact,
      outcome: outcome.kind,
      ...(reason === undefined ? {} : { reason }),
    },
  };
}
