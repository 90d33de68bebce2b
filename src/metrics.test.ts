import assert from "node:assert/strict";
import { test } from "node:test";
import { type LabelledCounter, Metrics } from "./metrics.ts";

function calls(): { readonly counter: LabelledCounter; readonly lines: () => Promise<readonly string[]> } {
  const metrics = new Metrics();
  const counter = metrics.labelled("kith_calls_total", "Calls.", ["call", "status"]);
  const lines = async (): Promise<readonly string[]> => {
    const { body } = await metrics.render();
    return body.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  };
  return { counter, lines };
}

test("labels: each set of values is counted by itself, as often as it is asked for", async () => {
  const { counter, lines } = calls();
  assert.deepEqual(await lines(), []);
  counter.add({ call: "refresh", status: "ok" });
  counter.add({ status: "ok", call: "refresh" }, 2);
  counter.add({ call: "refresh", status: "error" });
  const expected = [
    'kith_calls_total{call="refresh",status="ok"} 3',
    'kith_calls_total{call="refresh",status="error"} 1',
  ];
  assert.deepEqual(await lines(), expected);
  assert.deepEqual(await lines(), expected);
});

test("labels: values that would look the same behind each other, and one that is not given, are told apart", async () => {
  const { counter, lines } = calls();
  counter.add({ call: "a\0", status: "b" });
  counter.add({ call: "a", status: "\0b" });
  counter.add({ call: "a" });
  counter.add({ call: "a", status: "undefined" });
  assert.deepEqual(await lines(), [
    'kith_calls_total{call="a\0",status="b"} 1',
    'kith_calls_total{call="a",status="\0b"} 1',
    'kith_calls_total{call="a"} 1',
    'kith_calls_total{call="a",status="undefined"} 1',
  ]);
});

test("labels: one that was not declared is refused where it is counted; the metrics can still be told", async () => {
  const { counter, lines } = calls();
  assert.throws(() => counter.add({ call: "a", status: "b", who: "c" }), /who/);
  assert.deepEqual(await lines(), []);
});
