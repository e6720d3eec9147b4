import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import test from "node:test";
import { valuesOfOne } from "../fixtures/fork/draws.ts";
import { FixtureAddon } from "../support/fixture-addon.ts";
import { endOf, forkedPids, runScenario, runScenarioWith, told } from "../support/fork-scenario.ts";
import { testedNodes } from "../support/nodes.ts";
import { startPid1 } from "../support/pid1.ts";

const workersPerBatch = 5;
const drawsOfEach = 300;
const hashBytes = 8;
const drawsOfAll = valuesOfOne(drawsOfEach);

/** Each takes a tenth of a second of processor time. npm run test:identity starts a thousand of them. */
const workers = Number(process.env["FORKER_TEST_WORKERS"] ?? 60);
const timeoutMs = 60_000 + workers * 1_000;

async function inFolder(act: (file: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), "fork-identity-"));
  try {
    await act(path.join(folder, "drawn"));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Each value is eight bytes of a hash. */
function assertAllDifferent(file: string, expected: number): void {
  const bytes = readFileSync(file);
  assert.equal(bytes.length, expected * hashBytes);
  const drawn = new BigUint64Array(bytes.buffer, bytes.byteOffset, expected).sort();
  const twice = drawn.reduce((count, value, at) => count + (value === drawn[at - 1] ? 1 : 0), 0);
  assert.equal(twice, 0, `${twice} of ${expected} values were drawn twice`);
}

for (const { version, path: node, missing } of testedNodes()) {
  test(`Node ${version}: no two of ${workers} workers draw the same value`, { skip: missing ?? false }, async () => {
    await inFolder(async (file) => {
      const numbers = [workers / workersPerBatch, workersPerBatch, drawsOfEach].map(String);
      const lines = await runScenarioWith({ timeoutMs }, node, "identity", file, ...numbers);
      const ends = forkedPids(lines).map((pid) => JSON.stringify(endOf(lines, pid)));
      assert.deepEqual([...new Set(ends)], ['{"exitCode":0}']);
      assertAllDifferent(file, workers * (drawsOfAll + 1));
    });
  });

  test(`Node ${version}: nor do workers that have the template's own pid, in PID namespaces of their own`, {
    skip: missing ?? false,
  }, async () => {
    using addon = new FixtureAddon("pid-namespace", node);
    await inFolder(async (file) => {
      const fixture = path.join(import.meta.dirname, "../fixtures/fork/same-pid.ts");
      const command = [node, "--disable-warning=ExperimentalWarning", fixture, addon.file, file, "10"];
      await using pid1 = await startPid1({ command, env: { NODE_OPTIONS: undefined } });
      assert.equal(await pid1.exitCode(60_000), 0, pid1.transcript);
      assert.deepEqual(pid1.log.at(-1), { own: 1, others: "1\n".repeat(10) });
      assertAllDifferent(file, 10 * drawsOfAll);
    });
  });

  test(`Node ${version}: a worker has an identity of its own, and nothing of the template's`, {
    skip: missing ?? false,
  }, async () => {
    const lines = await runScenario(node, "self");
    const [self] = told(lines, "self");
    const [pid] = forkedPids(lines);
    assert.ok(self !== undefined && pid !== undefined);
    assert.deepEqual([self["pid"], self["kernelPid"], self["reportPid"]], [pid, pid, pid]);
    assert.deepEqual([self["ppid"], self["kernelPpid"]], [1, 1]);
    assert.deepEqual([self["title"], self["commandLine"]], ["worker 0", "worker 0"]);
    assert.equal(self["isYounger"], true);
    assert.ok(Number(self["clockMs"]) < 60_000, "timeOrigin and now() together are the time of day");
    assert.deepEqual(self["logged"], [pid, pid, "mine", pid, pid]);
  });
}
