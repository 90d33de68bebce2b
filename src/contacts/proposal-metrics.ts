/** The metrics of all domains' proposals. */
import type { Histogram, LabelledCounter, Metrics } from "../metrics.ts";

export class ProposalMetrics {
  readonly outcomes: LabelledCounter;
  readonly seconds: Histogram;

  constructor(metrics: Metrics) {
    this.outcomes = metrics.labelled("kith_proposals_total", "Proposals of clients, by type and outcome.", [
      "type",
      "outcome",
    ]);
    this.seconds = metrics.histogram(
      "kith_proposal_seconds",
      "Time until the application decided.",
      [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    );
  }
}
