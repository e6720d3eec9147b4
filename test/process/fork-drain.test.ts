import assert from "node:assert/strict";
import test from "node:test";
import { FixtureAddon } from "../support/fixture-addon.ts";
import { endOf, forkedPids, runScenario, told } from "../support/fork-scenario.ts";
import { testedNodes } from "../support/nodes.ts";

for (const { version, path, missing } of testedNodes()) {
  const skip = missing ?? false;

  test(`Node ${version}: a fork loses no task of V8's, and is refused in time if one never ends`, {
    skip,
  }, async () => {
    using addon = new FixtureAddon("tasks", path);
    const lines = await runScenario(path, "drain", addon.file);
    assert.deepEqual(
      told(lines, "drained").map(({ done, posted }) => [done, posted]),
      [
        [40, 40],
        [80, 80],
        [120, 120],
      ],
    );
    const ends = forkedPids(lines).map((pid) => endOf(lines, pid));
    assert.deepEqual(
      ends.map((end) => JSON.stringify(end)),
      Array<string>(6).fill(`{"exitCode":0}`),
    );
    const [refused] = told(lines, "endless");
    assert.deepEqual([refused?.["syscall"], refused?.["errnoName"]], ["BlockingDrain", "ETIMEDOUT"]);
  });
}
