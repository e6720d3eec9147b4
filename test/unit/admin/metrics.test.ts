import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { type MetricsSource, metricTable } from "../../../src/admin/metric-table.ts";
import { metricsText } from "../../../src/admin/metrics.ts";
import type { SlotStatus, Status, WorkerStatus } from "../../../src/protocol/status.ts";

function worker(pid: number, startMs: number | null): WorkerStatus {
  return {
    pid,
    generation: 1,
    mode: "taking",
    notTakingReason: null,
    connected: true,
    connectionError: null,
    queues: ["mail"],
    holding: [{ queue: "mail", id: "1", runningMs: 5 }],
    idleMs: null,
    finished: 0,
    failed: 0,
    startMs,
    memory: null,
    runners: [
      { pid: 30, state: "ready", job: null, memory: null },
      { pid: 31, state: "running", job: { queue: "mail", id: "1" }, memory: null },
    ],
  };
}

function slot(index: number, workers: readonly WorkerStatus[]): SlotStatus {
  return { slot: index, spec: "mail", workers, finished: 5, failed: 2, restarts: 1, lastDeath: null, oomKills: 0 };
}

const verdict = {
  ok: true,
  reason: null,
  slots: [{ slot: 0, pid: 20, ok: true, state: "taking", suspended: false }],
};
const status: Status = {
  pid: 10,
  phase: "running",
  ready: true,
  health: { startup: verdict, ready: verdict, live: verdict },
  suspended: false,
  engine: "fork",
  engineReason: null,
  generation: 3,
  reloading: false,
  uptimeMs: 1_000,
  templates: [{ pid: 11, generation: 3, state: "ready", memory: null }],
  keeper: { pid: 12, state: "ready", memory: null },
  memory: null,
  slots: [slot(0, [worker(20, 8), worker(21, 12)]), slot(1, [])],
  totals: { finished: 10, failed: 4, handedBack: 1, lost: 0 },
  oomKills: 0,
  logLinesDropped: 0,
};
const source: MetricsSource = {
  status,
  version: "1.2.3",
  node: "v24.0.0",
  startTimeSeconds: 1_700_000_000,
  residentBytes: (pid) => pid * 1_000,
};

describe("the table of metrics", () => {
  for (const [name, { type, labels, read }] of Object.entries(metricTable)) {
    test(`${name} is named after its type, and has the labels that the table declares`, () => {
      assert.equal(name.endsWith("_total"), type === "counter");
      const value = read(source);
      const used = typeof value === "number" ? [] : value.flatMap((sample) => Object.keys(sample.labels ?? {}));
      assert.deepEqual([...new Set(used)], [...labels]);
    });
  }

  test("is what docs/HEALTH.md lists", () => {
    const page = readFileSync(new URL("../../../docs/HEALTH.md", import.meta.url), "utf8");
    const rows = [...page.matchAll(/^\| `(forker_\w+)` \|/gm)].map(([, name]) => name);
    assert.deepEqual(rows, Object.keys(metricTable));
  });
});

describe("/metrics", () => {
  const lines = metricsText(source).split("\n");

  test("has a sample for each value of a phase, and 1 for the current one", () => {
    assert.ok(lines.includes('forker_phase{phase="running"} 1'));
    assert.ok(lines.includes('forker_phase{phase="draining"} 0'));
  });

  test("sums the memory of two workers of a slot", () => {
    assert.ok(lines.includes('forker_process_resident_memory_bytes{role="worker",slot="0"} 41000'));
  });

  test("has no start time for a slot without a worker", () => {
    const starts = lines.filter((line) => line.startsWith("forker_worker_start_seconds{"));
    assert.deepEqual(starts, ['forker_worker_start_seconds{slot="0"} 0.012']);
  });
});
