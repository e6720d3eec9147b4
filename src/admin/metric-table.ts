import { longestQueueName } from "../protocol/fit.ts";
import { handBackCauses } from "../protocol/hand-back-cause.ts";
import { bucketsMs } from "../protocol/histogram.ts";
import { jobOutcomes } from "../protocol/job-times.ts";
import type { QueueStatus, RangeStatus, RunnerStatus, SlotStatus, Status, TimesStatus } from "../protocol/status.ts";
import { printable } from "../text/printable.ts";
import type { HistogramSample, Metric, Sample } from "./prometheus-text.ts";

/** What metrics are read from: no worker is asked. */
export interface MetricsSource {
  readonly status: Status;
  readonly version: string;
  readonly node: string;
  /** When init booted, in seconds since 1970. */
  readonly startTimeSeconds: number;
  /** The latest readings, one process after another while metrics are scraped. undefined: there is none yet. */
  readonly memoryOf: (pid: number) => { readonly residentKb: number; readonly privateKb?: number } | undefined;
  /** As the kernel counts it. undefined: the process has ended. */
  readonly residentBytes: (pid: number) => number | undefined;
}

interface MetricDefinition {
  readonly type: Metric["type"];
  readonly help: string;
  readonly labels: readonly string[];
  /** A metric without labels is one number. */
  readonly read: (source: MetricsSource) => number | readonly (Sample | HistogramSample)[];
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
    help: "Jobs that were put back into their queues, by cause: worker (a drain or a stop took too long), death (of their worker), or earlierInstance.",
    labels: ["cause"],
    read: ({ status }) =>
      handBackCauses.map((cause) => ({ labels: { cause }, value: status.totals.handedBackBy[cause] })),
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
  forker_range_workers: {
    type: "gauge",
    help: "Workers of a line of the workload whose number changes on demand (`xMIN..MAX`), by its place among these lines, from 0.",
    labels: ["range", "spec"],
    read: ({ status }) => byRange(status, ({ workers }) => workers),
  },
  forker_range_minimum_workers: {
    type: "gauge",
    help: "The fewest workers that the line may have.",
    labels: ["range", "spec"],
    read: ({ status }) => byRange(status, ({ minimum }) => minimum),
  },
  forker_range_maximum_workers: {
    type: "gauge",
    help: "The most workers that the line may have.",
    labels: ["range", "spec"],
    read: ({ status }) => byRange(status, ({ maximum }) => maximum),
  },
  forker_range_held: {
    type: "gauge",
    help: "1 if the line needs more workers than it has, and the cgroup has no memory or no CPU for them.",
    labels: ["range", "spec"],
    read: ({ status }) => byRange(status, ({ heldBy }) => Number(heldBy === "memory" || heldBy === "cpu")),
  },
  forker_queue_jobs: {
    type: "gauge",
    help: "Jobs of the queue in Redis by state, as the keeper has counted them. Every forker of the queue has the same number.",
    labels: ["queue", "state"],
    read: ({ status }) => status.queues.flatMap(jobSamples),
  },
  forker_job_wait_seconds: {
    type: "histogram",
    help: "Time from when a job is due until it starts for the first time.",
    labels: ["queue"],
    read: ({ status }) => status.queues.flatMap(({ queue, wait }) => histogramSamples({ queue: labelOf(queue) }, wait)),
  },
  forker_job_duration_seconds: {
    type: "histogram",
    help: "Duration of the attempts of jobs by outcome: completed, failed, or retried, which is a failure before another attempt.",
    labels: ["queue", "outcome"],
    read: ({ status }) =>
      status.queues.flatMap(({ queue, duration }) =>
        jobOutcomes.flatMap((outcome) => histogramSamples({ queue: labelOf(queue), outcome }, duration[outcome])),
      ),
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
  forker_spares: {
    type: "gauge",
    help: "Workers that wait, connected and in no slot, to take over the slot of a worker that dies (FORKER_SPARE).",
    labels: [],
    read: ({ status }) => status.spares.filter(({ mode, connected }) => mode === "standby" && connected).length,
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
  forker_worker_start_duration_seconds: {
    type: "histogram",
    help: "Time from the order to start a worker, by a fork or otherwise, until it has started; the count is that of the starts.",
    labels: [],
    read: ({ status }) => histogramSamples({}, status.workerStarts),
  },
  forker_worker_event_loop_delay_seconds: {
    type: "histogram",
    help: "How late the event loops of the slot's workers ran a timer, which is due once or twice a second.",
    labels: ["slot"],
    read: ({ status }) => status.slots.flatMap(({ slot, loopDelay }) => histogramSamples({ slot }, loopDelay)),
  },
  forker_process_resident_memory_bytes: {
    type: "gauge",
    help: "Resident memory of init, keeper, template, workers and runners, with pages shared between processes counted in each; two processes of a slot or role are summed.",
    labels: ["role", "slot"],
    read: ({ status, residentBytes }) => memorySamples(status, residentBytes),
  },
  forker_process_private_memory_bytes: {
    type: "gauge",
    help: "Memory that only this process has, as read within the last minutes.",
    labels: ["role", "slot"],
    read: ({ status, memoryOf }) => memorySamples(status, (pid) => bytesOf(memoryOf(pid)?.privateKb)),
  },
  forker_process_shared_memory_bytes: {
    type: "gauge",
    help: "Resident memory that the process shares with others, as read within the last minutes.",
    labels: ["role", "slot"],
    read: ({ status, memoryOf }) =>
      memorySamples(status, (pid) => {
        const { residentKb = 0, privateKb } = memoryOf(pid) ?? {};
        return bytesOf(privateKb === undefined ? undefined : residentKb - privateKb);
      }),
  },
} as const satisfies Record<`forker_${string}`, MetricDefinition>;

const bounds = bucketsMs.map((ms) => ms / 1000);

/** What has not been observed yet has no sample: it would be a series of a dozen lines. */
function histogramSamples(labels: Sample["labels"], { count, sumMs, buckets }: TimesStatus): HistogramSample[] {
  return count === 0 ? [] : [{ labels: labels ?? {}, bounds, counts: buckets, sum: sumMs / 1000 }];
}

/** Anyone who may add jobs can choose the names of queues that a glob matches. */
function labelOf(queue: string): string {
  return printable(queue, longestQueueName);
}

function jobSamples({ queue, jobs }: QueueStatus): Sample[] {
  return Object.entries(jobs ?? {}).map(([state, value]) => ({ labels: { queue: labelOf(queue), state }, value }));
}

function oneOf(label: string, values: readonly string[], current: string): Sample[] {
  return values.map((value) => ({ labels: { [label]: value }, value: Number(value === current) }));
}

function byRange({ ranges }: Status, valueOf: (range: RangeStatus) => number): Sample[] {
  return ranges.map((range, at) => ({ labels: { range: at, spec: labelOf(range.spec) }, value: valueOf(range) }));
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

function bytesOf(kb: number | undefined): number | undefined {
  return kb === undefined ? undefined : kb * 1024;
}

/** One sample for each role, and for each slot of a worker. undefined: the process has none. */
function memorySamples(status: Status, bytes: (pid: number) => number | undefined): Sample[] {
  const samples = new Map<string, Sample>();
  const add = (pid: number | undefined, labels: Record<string, string | number>) => {
    const value = pid === undefined || pid === 0 ? undefined : bytes(pid);
    const key = JSON.stringify(labels);
    if (value !== undefined) samples.set(key, { labels, value: value + (samples.get(key)?.value ?? 0) });
  };
  add(status.pid, { role: "init" });
  add(status.keeper?.pid, { role: "keeper" });
  for (const { pid } of status.templates) add(pid, { role: "template" });
  for (const { pid } of status.spares) add(pid, { role: "spare" });
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
