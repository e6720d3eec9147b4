import assert from "node:assert/strict";
import test from "node:test";
import { runScenario, told } from "../support/fork-scenario.ts";
import { testedNodes } from "../support/nodes.ts";

interface Firing {
  readonly name: string;
  readonly isOwn: boolean;
  readonly afterMs: number;
}

const everyMs = 50;
const shortMs = 60;
/** A timer may fire a millisecond early, because libuv counts whole milliseconds. */
const earlyMs = 2;

const repeated = ["interval", "unreferenced interval", "chain", "promised timeouts", "promised interval"];
const once = ["abort", "arguments one two", "context kept", "long", "short", "unreferenced"];

for (const { version, path: node, missing } of testedNodes()) {
  test(`Node ${version}: the application's timers fire in each worker, and never in the template`, {
    skip: missing ?? false,
  }, async () => {
    const lines = await runScenario(node, "timers");
    const [template] = told(lines, "template");
    assert.deepEqual([template?.["fault"], template?.["fired"]], [undefined, []]);
    assert.deepEqual(template?.["loading"], ["finished while loading", "loading"]);
    const workers = told(lines, "worker");
    assert.equal(workers.length, 2);
    for (const worker of workers) assertPlain(worker["fired"] as Firing[], Number(worker["longAfterMs"]));
    assert.deepEqual(
      workers.map((worker) => worker["references"]),
      [
        [false, true],
        [false, true],
      ],
    );
  });
}

/** As in a process that started at the fork: nothing fires at once, and what fires once fires once. */
function assertPlain(fired: readonly Firing[], longAfterMs: number): void {
  assert.ok(fired.every(({ isOwn }) => isOwn));
  const firings = (name: string) => fired.filter((one) => one.name === name).map(({ afterMs }) => afterMs);
  assert.deepEqual([...new Set(fired.map(({ name }) => name))].toSorted(), [...once, ...repeated].toSorted());
  for (const name of repeated) assertSpaced(name, firings(name));
  for (const name of once) {
    const [first = 0, ...others] = firings(name);
    assert.deepEqual(others, [], name);
    assert.ok(first >= (name === "long" ? longAfterMs : shortMs) - earlyMs, `${name} after ${first} ms`);
  }
}

function assertSpaced(name: string, times: readonly number[]): void {
  assert.ok(times.length >= 3, `${name} fired ${times.length} times`);
  assert.ok((times[0] ?? 0) >= everyMs - earlyMs, `${name} after ${times[0]} ms`);
}
