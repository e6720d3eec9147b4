import type { RunnerStatus, SlotStatus, Status } from "../protocol/status.ts";
import type { Metric, Sample } from "./prometheus-text.ts";

/** What metrics are read from: no worker is asked. */
export interface MetricsSource {
  readonly status: Status;
  readonly version: string;
  readonly node: string;
  /** When init booted, in seconds since 1970. */
  readonly startTimeSeconds: number;
  /** As the kernel counts it. undefined: the process has ended. */
  readonly residentBytes: (pid: number) => number | undefined;
}

interface MetricDefinition {
  readonly type: Metric["type"];
  readonly help: string;
  readonly labels: readonly string[];
  /** A metric without labels is one number. */
  readonly read: (source: MetricsSource) => number | readonly Sample[];
}

/**
 * Every metric. /metrics and the table in docs/HEALTH.md are made from this table. A counter's name ends in `_total`, and a
 * unit is part of the name. The label `slot` stands for a worker: a series for each pid that ever existed would grow without end.
 */
export const metricTable = {
  forker_build_info: {
    type: "gauge",
    help: "1; its labels hold the versions of forker and Node.",
    labels: ["version", "node"],
    read: ({ version, node }) => [{ labels: { version, node }, value: 1 }],
  },
  forker_start_time_seconds: {
    type: "gauge",
    help: "When init booted, in seconds since 1970.",
    labels: [],
    read: ({ startTimeSeconds }) => startTimeSeconds,
  },
  forker_phase: {
    type: "gauge",
    help: "1 for the phase that init is in: booting, running, draining or stopping.",
    labels: ["phase"],
    read: ({ status }) => oneOf("phase", ["booting", "running", "draining", "stopping"], status.phase),
  },
  forker_engine: {
    type: "gauge",
    help: "1 for the engine that starts the workers: fork or spawn.",
    labels: ["engine"],
    read: ({ status }) => (status.engine === null ? [] : oneOf("engine", ["fork", "spawn"], status.engine)),
  },
  forker_started: {
    type: "gauge",
    help: "1 if /startupz answers 200.",
    labels: [],
    read: ({ status }) => Number(status.health.startup.ok),
  },
  forker_ready: {
    type: "gauge",
    help: "1 if /readyz answers 200.",
    labels: [],
    read: ({ status }) => Number(status.health.ready.ok),
  },
  forker_live: {
    type: "gauge",
    help: "1 if /livez answers 200.",
    labels: [],
    read: ({ status }) => Number(status.health.live.ok),
  },
  forker_suspended: {
    type: "gauge",
    help: "1 while all workers are suspended.",
    labels: [],
    read: ({ status }) => Number(status.suspended),
  },
  forker_reloading: {
    type: "gauge",
    help: "1 from the request to reload until the last old worker has ended.",
    labels: [],
    read: ({ status }) => Number(status.reloading),
  },
  forker_generation: {
    type: "gauge",
    help: "The generation that new workers are started from.",
    labels: [],
    read: ({ status }) => status.generation,
  },
  forker_oom_kills_total: {
    type: "counter",
    help: "Processes of forker that the kernel's OOM killer ended.",
    labels: [],
    read: ({ status }) => status.oomKills,
  },
  forker_log_lines_dropped_total: {
    type: "counter",
    help: "Log lines of init that standard output did not accept.",
    labels: [],
    read: ({ status }) => status.logLinesDropped,
  },
  forker_jobs_handed_back_total: {
    type: "counter",
    help: "Jobs that were put back into their queues.",
    labels: [],
    read: ({ status }) => status.totals.handedBack,
  },
  forker_jobs_lost: {
    type: "gauge",
    help: "Jobs known to be left to BullMQ's stalled check, and not taken by this forker since.",
    labels: [],
    read: ({ status }) => status.totals.lost,
  },
  forker_jobs_finished_total: {
    type: "counter",
    help: "Jobs that workers of the slot finished.",
    labels: ["slot"],
    read: ({ status }) => bySlot(status, ({ finished }) => finished),
  },
  forker_jobs_failed_total: {
    type: "counter",
    help: "Jobs that failed in workers of the slot.",
    labels: ["slot"],
    read: ({ status }) => bySlot(status, ({ failed }) => failed),
  },
  forker_jobs_running: {
    type: "gauge",
    help: "Jobs that workers of the slot hold now.",
    labels: ["slot"],
    read: ({ status }) =>
      bySlot(status, ({ workers }) => workers.reduce((sum, { holding }) => sum + holding.length, 0)),
  },
  forker_slot_ready: {
    type: "gauge",
    help: "1 if the slot takes jobs.",
    labels: ["slot"],
    read: ({ status }) => bySlot(status, ({ slot }) => Number(verdictOf(status, slot)?.ok ?? false)),
  },
  forker_slot_suspended: {
    type: "gauge",
    help: "1 if the slot is suspended.",
    labels: ["slot"],
    read: ({ status }) => bySlot(status, ({ slot }) => Number(verdictOf(status, slot)?.suspended ?? false)),
  },
  forker_slot_connected: {
    type: "gauge",
    help: "1 if a worker of the slot is connected to Redis.",
    labels: ["slot"],
    read: ({ status }) => bySlot(status, ({ workers }) => Number(workers.some(({ connected }) => connected))),
  },
  forker_worker_restarts_total: {
    type: "counter",
    help: "Earlier workers of the slot.",
    labels: ["slot"],
    read: ({ status }) => bySlot(status, ({ restarts }) => restarts),
  },
  forker_worker_oom_kills_total: {
    type: "counter",
    help: "Workers of the slot that the kernel's OOM killer ended.",
    labels: ["slot"],
    read: ({ status }) => bySlot(status, ({ oomKills }) => oomKills),
  },
  forker_runners: {
    type: "gauge",
    help: "The processes of isolated jobs in the slot: starting, ready for a job, running one, or ending.",
    labels: ["slot", "state"],
    read: ({ status }) => status.slots.flatMap(runnerSamples),
  },
  forker_worker_start_seconds: {
    type: "gauge",
    help: "Time from the order to start the slot's current worker to its first message.",
    labels: ["slot"],
    read: ({ status }) =>
      bySlot(status, ({ workers }) => {
        const startMs = workers.at(-1)?.startMs ?? undefined;
        return startMs === undefined ? undefined : startMs / 1000;
      }),
  },
  forker_process_resident_memory_bytes: {
    type: "gauge",
    help: "Resident memory of init, keeper, template, workers and runners, with pages shared between processes counted in each; two processes of a slot or role are summed.",
    labels: ["role", "slot"],
    read: residentMemory,
  },
} as const satisfies Record<`forker_${string}`, MetricDefinition>;

function oneOf(label: string, values: readonly string[], current: string): Sample[] {
  return values.map((value) => ({ labels: { [label]: value }, value: Number(value === current) }));
}

/** undefined: the slot has no sample. */
function bySlot(status: Status, valueOf: (slot: SlotStatus) => number | undefined): Sample[] {
  return status.slots.flatMap((slot) => {
    const value = valueOf(slot);
    return value === undefined ? [] : [{ labels: { slot: slot.slot }, value }];
  });
}

function verdictOf({ health }: Status, slot: number) {
  return health.ready.slots.find((one) => one.slot === slot);
}

function residentMemory({ status, residentBytes }: MetricsSource): Sample[] {
  const samples = new Map<string, Sample>();
  const add = (pid: number | undefined, labels: Record<string, string | number>) => {
    const value = pid === undefined || pid === 0 ? undefined : residentBytes(pid);
    const key = JSON.stringify(labels);
    if (value !== undefined) samples.set(key, { labels, value: value + (samples.get(key)?.value ?? 0) });
  };
  add(status.pid, { role: "init" });
  add(status.keeper?.pid, { role: "keeper" });
  for (const { pid } of status.templates) add(pid, { role: "template" });
  for (const { slot, workers } of status.slots)
    for (const { pid, runners } of workers) {
      add(pid, { role: "worker", slot });
      for (const one of runners) add(one.pid, { role: "runner", slot });
    }
  return [...samples.values()];
}

const runnerStates = ["starting", "ready", "running", "ending"] as const satisfies RunnerStatus["state"][];

/** A slot without isolated jobs has no samples. */
function runnerSamples({ slot, workers }: SlotStatus): Sample[] {
  const runners = workers.flatMap((worker) => worker.runners);
  if (runners.length === 0) return [];
  return runnerStates.map((state) => ({
    labels: { slot, state },
    value: runners.filter((one) => one.state === state).length,
  }));
}
