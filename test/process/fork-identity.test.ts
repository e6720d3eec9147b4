import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import test from "node:test";
import { endOf, forkedPids, runScenario } from "../support/fork-scenario.ts";
import { testedNodes } from "../support/nodes.ts";

const batches = 50;
const workersPerBatch = 4;
const drawsOfEach = 300;
const sources = 9;

const isClean = (end: unknown) => JSON.stringify(end) === '{"exitCode":0}';

for (const node of testedNodes()) {
  test(`Node ${node.major}: 200 workers never draw what another drew`, { skip: node.missing ?? false }, async () => {
    const folder = mkdtempSync(path.join(tmpdir(), "fork-identity-"));
    try {
      const file = path.join(folder, "drawn");
      const lines = await runScenario(
        node.path,
        "identity",
        file,
        ...[batches, workersPerBatch, drawsOfEach].map(String),
      );
      const ends = forkedPids(lines).map((pid) => endOf(lines, pid));
      assert.deepEqual(
        ends.filter((end) => !isClean(end)),
        [],
      );
      const drawn = readFileSync(file, "utf8").trimEnd().split("\n");
      assert.equal(drawn.length, batches * workersPerBatch * drawsOfEach * sources);
      const seen = new Set<string>();
      const twice = drawn.filter((line) => seen.size === seen.add(line).size);
      assert.deepEqual(twice.slice(0, 10), []);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
}
