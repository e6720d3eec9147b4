import assert from "node:assert/strict";
import test from "node:test";
import { runScenario, told } from "../support/fork-scenario.ts";
import { testedNodes } from "../support/nodes.ts";

for (const { version, path, missing } of testedNodes()) {
  test(`Node ${version}: processor time never runs backwards for code that read it in the template`, {
    skip: missing ?? false,
  }, async () => {
    const [since] = told(await runScenario(path, "cpu-time"), "since");
    assert.ok(since, "the worker told");
    for (const how of ["byReading", "byNode", "byImport", "byResources", "pageFaults"])
      assert.ok(Number(since[how]) >= 0, `${how}: ${String(since[how])}`);
  });
}
