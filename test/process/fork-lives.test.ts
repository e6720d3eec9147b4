import assert from "node:assert/strict";
import test from "node:test";
import { endOf, forkedPids, runScenario, told } from "../support/fork-scenario.ts";
import { testedNodes } from "../support/nodes.ts";

for (const { major, version, path, missing } of testedNodes()) {
  const skip = missing ?? false;

  test(`Node ${version}: forked workers live like any Node process, and end in every way`, { skip }, async () => {
    const lines = await runScenario(path, "lives");
    const lived = lines.filter((line) => line.event === "lived").toSorted((a, b) => a.index - b.index);
    assert.deepEqual(
      lived.map(({ index, done }) => [index, done.length]),
      [0, 1, 2, 3].map((index) => [index, 13]),
    );
    const pids = forkedPids(lines);
    assert.deepEqual(
      lived.map(({ pid }) => pid),
      pids,
      "process.pid is the worker's own",
    );
    assert.deepEqual(
      pids.map((pid) => endOf(lines, pid)),
      [{ exitCode: 40 }, { exitCode: 41 }, { exitCode: 1 }, { signal: 15 }],
    );
  });

  const rounds = major === 24 ? 50 : 15;
  test(`Node ${version}: ${4 * rounds} forks from a hot template all end as they should`, { skip }, async () => {
    const lines = await runScenario(path, "storm", String(rounds), "4");
    const pids = forkedPids(lines);
    assert.equal(pids.length, 4 * rounds);
    for (const [at, pid] of pids.entries()) assert.deepEqual(endOf(lines, pid), { exitCode: 10 + (at % 4) });
  });

  test(`Node ${version}: a fork loses nothing that V8's threads were given`, { skip }, async () => {
    // At each fork, Node 22 waits until threads that hardly get a processor have finished everything.
    const batches = major < 24 ? 6 : 20;
    const lines = await runScenario(path, "tide", String(batches), "2");
    const pids = forkedPids(lines);
    assert.equal(pids.length, 2 * batches);
    for (const pid of pids) assert.deepEqual(endOf(lines, pid), { exitCode: 0 });
  });

  test(`Node ${version}: workers that end at the same moment end cleanly`, { skip }, async () => {
    const lines = await runScenario(path, "together", "40", "8");
    const pids = forkedPids(lines);
    assert.equal(pids.length, 320);
    for (const pid of pids) assert.deepEqual(endOf(lines, pid), { exitCode: 0 });
  });

  test(`Node ${version}: hot code is optimized in every worker, whatever the template was doing`, {
    skip,
  }, async () => {
    const lines = await runScenario(path, "optimizing", "4");
    assert.deepEqual(
      told(lines, "optimized").map(({ is }) => is),
      [true, true, true, true],
    );
  });

  test(`Node ${version}: no event loop is shared with the template or among workers`, { skip }, async () => {
    const lines = await runScenario(path, "loops");
    const all = [...told(lines, "template"), ...told(lines, "worker")].map((line) => line["ids"] as number[]);
    // The descriptors of the main loop, of the tracing agent's loop, and of the loop of V8's delayed tasks.
    assert.deepEqual(
      all.map((own) => own.length),
      [3, 3, 3],
    );
    assert.equal(new Set(all.flat()).size, 9, JSON.stringify(all));
  });
}
