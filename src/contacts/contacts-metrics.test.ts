import assert from "node:assert/strict";
import { test } from "node:test";
import { Metrics } from "../metrics.ts";
import type { RefreshResult } from "./contacts.ts";
import { ContactsMetrics } from "./contacts-metrics.ts";
import { diff } from "./diff.ts";
import { countRefresh } from "./done-refresh.ts";
import { listOf } from "./list.ts";

const contact = { name: undefined, groups: [], subscription: "both", ask: false, until: undefined } as const;

test("refreshes count by person and result, dry runs not at all", async () => {
  const registry = new Metrics();
  const metrics = new ContactsMetrics(registry);
  const ok = { status: "ok", added: [], changed: [], removed: [], source: "app", stale: false, problems: [] } as const;
  const late = { status: "error", failure: "timeout", message: "", stale: true } as const;
  const results = new Map<string, RefreshResult>([
    ["john", ok],
    ["marie", ok],
    ["tim", late],
  ]);
  const yieldNow = () => Promise.resolve();
  for (const dryRun of [false, true]) {
    metrics.refreshed(await countRefresh(results, { dryRun, began: 1000 }, yieldNow), 1500);
  }
  const { body } = await registry.render();
  assert.match(body, /^kith_contacts_refreshes_total\{result="ok"\} 2$/m);
  assert.match(body, /^kith_contacts_refreshes_total\{result="timeout"\} 1$/m);
  assert.match(body, /^kith_contacts_refresh_seconds_sum 0\.5$/m);
  assert.match(body, /^kith_contacts_refresh_seconds_count 1$/m);
});

test("changes count by kind; a list that was not known before is no change", async () => {
  const registry = new Metrics();
  const metrics = new ContactsMetrics(registry);
  const before = listOf([
    { jid: "a@localhost", ...contact },
    { jid: "b@localhost", ...contact },
  ]);
  const after = listOf([
    { jid: "a@localhost", ...contact, name: "A" },
    { jid: "c@localhost", ...contact },
  ]);
  metrics.changed({ username: "john", before: null, after: before, changes: diff(null, before) });
  metrics.changed({ username: "john", before, after, changes: diff(before, after) });
  const { body } = await registry.render();
  for (const kind of ["added", "changed", "removed"]) {
    assert.match(body, new RegExp(`^kith_contacts_changes_total\\{kind="${kind}"\\} 1$`, "m"));
  }
});

test("the metrics of the process are told once asked for, beside those of the server", async () => {
  const metrics = new Metrics();
  metrics.counter("kith_test_total", "For the test.").add(2);
  assert.doesNotMatch((await metrics.render()).body, /nodejs_/);
  metrics.addProcess();
  const { body } = await metrics.render();
  assert.match(body, /^kith_test_total 2$/m);
  assert.match(body, /^process_resident_memory_bytes \d+$/m);
  assert.ok(metrics.describe().some(({ name, type }) => name === "nodejs_gc_duration_seconds" && type === "histogram"));
});
