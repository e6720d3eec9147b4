import type { MetricsSource } from "../../src/admin/metric-table.ts";
import type { SlotStatus, Status, TimesStatus, WorkerStatus } from "../../src/protocol/status.ts";

/** Three observations: in the first bucket, in one in the middle, and beyond the last bound. */
export const times: TimesStatus = { count: 3, sumMs: 1_500, buckets: [1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1] };

function worker(pid: number, startMs: number | null): WorkerStatus {
  return {
    pid,
    generation: 1,
    mode: "taking",
    notTakingReason: null,
    connected: true,
    connectionError: null,
    queues: ["mail"],
    holding: [{ queue: "mail", id: "1", runningMs: 5, stage: "running" }],
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
  const counts = { finished: 5, failed: 2, restarts: 1, oomKills: 0 };
  return { slot: index, vacant: false, spec: "mail", workers, ...counts, lastDeath: null, loopDelay: times };
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
  ranges: [{ spec: "mail", workers: 2, minimum: 1, maximum: 8, heldBy: null }],
  spares: [],
  queues: [
    {
      queue: "mail",
      jobs: { waiting: 7, prioritized: 0, delayed: 1, active: 2, waitingChildren: 0, completed: 10, failed: 4 },
      wait: times,
      duration: { completed: times, failed: times, retried: { count: 0, sumMs: 0, buckets: [] } },
      recent: { waitMs: { p50: 1, p95: 2 }, durationMs: { p50: null, p95: null } },
    },
  ],
  totals: {
    finished: 10,
    failed: 4,
    handedBack: 1,
    handedBackBy: { worker: 0, death: 1, earlierInstance: 0 },
    lost: 0,
  },
  workerStarts: times,
  oomKills: 0,
  logLinesDropped: 0,
};

/** What init knows of two slots, one of which is empty, and of a queue. */
export const metricsSource: MetricsSource = {
  status,
  version: "1.2.3",
  node: "v24.0.0",
  startTimeSeconds: 1_700_000_000,
  memoryOf: (pid) => ({ residentKb: pid, privateKb: pid / 2 }),
  residentBytes: (pid) => pid * 1_000,
};
