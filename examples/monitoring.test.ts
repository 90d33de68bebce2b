/** The dashboard and the alerts name metrics that exist, with labels that they have. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { startWorld } from "../test/support/world.ts";

const FOLDER = join(import.meta.dirname, "monitoring");
const dashboard = readFileSync(join(FOLDER, "grafana-dashboard.json"), "utf8");
const alerts = readFileSync(join(FOLDER, "alerts.yml"), "utf8");
const docs = readFileSync(join(import.meta.dirname, "../docs/metrics.md"), "utf8");

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly expr: string }[];
}

/** By name, what docs/metrics.md says about it. */
const documented = new Map(
  [...docs.matchAll(/^\| `(\w+)` \| (\w+) \| (.*?) \|/gm)].map(([, name = "", type = "", labels = ""]) => [
    name,
    { type, labels: [...labels.matchAll(/`(\w+)`/g)].map(([, label]) => label) },
  ]),
);

function metricOf(name: string) {
  const base = name.replace(/_(bucket|sum|count)$/, "");
  const found = documented.get(name) ?? documented.get(base);
  assert.ok(found, `${name} is no metric of docs/metrics.md`);
  assert.ok(documented.has(name) || found.type === "histogram", `${name}: ${base} is no histogram`);
  assert.ok(!documented.has(name) || found.type !== "histogram", `${name} is a histogram: _bucket, _sum or _count`);
  return found;
}

function checkExpression(expression: string): number {
  let opened = 0;
  for (const char of expression) {
    opened += char === "(" ? 1 : char === ")" ? -1 : 0;
    assert.ok(opened >= 0, expression);
  }
  assert.equal(opened, 0, expression);
  const names = [...expression.matchAll(/\b((?:kith|nodejs|process)_\w+)(?:\{([^}]*)\})?/g)];
  const known = new Set<unknown>(["instance", "job", "le"]);
  for (const [, name = ""] of names) for (const label of metricOf(name).labels) known.add(label);
  for (const [, name = "", matchers = ""] of names) {
    const own: unknown[] = metricOf(name).labels;
    for (const [, label] of matchers.matchAll(/(\w+)(?:=~|!~|!=|=)"/g)) {
      assert.ok(own.includes(label) || label === "instance" || label === "job", `${name} has no label ${label}`);
    }
  }
  for (const [, labels = ""] of expression.matchAll(/\bby \(([^)]*)\)/g)) {
    for (const label of labels.split(/, */)) assert.ok(known.has(label), `by (${label}) in ${expression}`);
  }
  return names.length;
}

test("every metric of the dashboard is one that the server has", () => {
  const { panels, uid } = JSON.parse(dashboard) as { panels: readonly Panel[]; uid: string };
  assert.equal(uid, "kith");
  assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
  for (const { type, title, gridPos, targets = [] } of panels) {
    assert.ok(gridPos.x + gridPos.w <= 24, title);
    assert.equal(targets.length === 0, type === "row", title);
    for (const { expr } of targets) assert.ok(checkExpression(expr) > 0, expr);
  }
});

test("every metric of the alerts is one that the server has", () => {
  const expressions = [...alerts.matchAll(/^ {8}expr: (>\n((?: {10}.*\n)+)|.*\n)/gm)].map(
    ([, line = "", folded]) => folded ?? line,
  );
  assert.equal(expressions.length, alerts.match(/^ {6}- alert: Kith\w+$/gm)?.length);
  const counts = expressions.map(checkExpression);
  assert.equal(counts.filter((count) => count === 0).length, 1, "all but `up` are of the server");
});

test("the server tells every metric that docs/metrics.md names", async () => {
  await using w = await startWorld({ oauth: { registrationKey: "a registration key, only for this test" } });
  const told = await (await w.http("/metrics")).text();
  const names = new Set([...told.matchAll(/^# TYPE (\w+) /gm)].map(([, name]) => name));
  const missing = [...documented.keys()].filter((name) => !names.has(name) && !/^kith_(event_|proposal)/.test(name));
  assert.deepEqual(missing, []);
  assert.match(told, /^nodejs_eventloop_lag_p99_seconds \d/m);
});
