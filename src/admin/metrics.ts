import type { SlotStatus, Status } from "../protocol/status.ts";
import { type Metric, prometheusText, type Sample } from "./prometheus-text.ts";

/** What is measured beside what `forker status` tells. */
export interface MetricsSource {
  readonly status: Status;
  readonly version: string;
  readonly node: string;
  /** When init booted, in seconds since 1970. */
  readonly startTimeSeconds: number;
  /** undefined: the process is gone. */
  readonly residentBytes: (pid: number) => number | undefined;
}

/** All of it is what init knows already, but for the size of each process, which the kernel has counted: workers are not asked. */
export function metricsText(source: MetricsSource): string {
  return prometheusText([...ofInit(source), ...ofJobs(source.status), ...ofSlots(source), ofProcesses(source)]);
}

const phases = ["booting", "running", "draining", "stopping"] as const;

function ofInit({ status, version, node, startTimeSeconds }: MetricsSource): Metric[] {
  const { health, phase, engine, generation, oomKills, logLinesDropped } = status;
  return [
    gauge("forker_build_info", "1; its labels say what runs.", [{ labels: { version, node }, value: 1 }]),
    gauge("forker_start_time_seconds", "When init booted, in seconds since 1970.", [{ value: startTimeSeconds }]),
    gauge(
      "forker_phase",
      "1 for the phase that init is in.",
      phases.map((one) => ({ labels: { phase: one }, value: Number(one === phase) })),
    ),
    gauge(
      "forker_engine",
      "1 for the engine that workers are made with.",
      engine === null
        ? []
        : (["fork", "spawn"] as const).map((one) => ({ labels: { engine: one }, value: Number(one === engine) })),
    ),
    gauge("forker_started", "1 if /startupz answers 200.", [{ value: Number(health.startup.ok) }]),
    gauge("forker_ready", "1 if /readyz answers 200.", [{ value: Number(health.ready.ok) }]),
    gauge("forker_live", "1 if /livez answers 200.", [{ value: Number(health.live.ok) }]),
    gauge("forker_suspended", "1 while all workers are suspended.", [{ value: Number(status.suspended) }]),
    gauge("forker_reloading", "1 from the order to reload until the last old worker has ended.", [
      { value: Number(status.reloading) },
    ]),
    gauge("forker_generation", "The generation that new workers come from.", [{ value: generation }]),
    counter("forker_oom_kills_total", "Processes of forker that the kernel's OOM killer ended.", [{ value: oomKills }]),
    counter("forker_log_lines_dropped_total", "Lines of init that standard output did not take.", [
      { value: logLinesDropped },
    ]),
  ];
}

function ofJobs({ totals }: Status): Metric[] {
  return [
    counter("forker_jobs_handed_back_total", "Jobs that were put back into their queues.", [
      { value: totals.handedBack },
    ]),
    gauge("forker_jobs_lost", "Jobs that are left to BullMQ's stalled check, as far as is known.", [
      { value: totals.lost },
    ]),
  ];
}

function ofSlots({ status }: MetricsSource): Metric[] {
  const verdicts = new Map(status.health.ready.slots.map((one) => [one.slot, one]));
  const each = (value: (slot: SlotStatus) => number): Sample[] =>
    status.slots.map((slot) => ({ labels: { slot: slot.slot }, value: value(slot) }));
  const startMs = (slot: SlotStatus) => slot.workers.at(-1)?.startMs ?? Number.NaN;
  return [
    counter(
      "forker_jobs_finished_total",
      "Jobs that workers of the slot finished.",
      each(({ finished }) => finished),
    ),
    counter(
      "forker_jobs_failed_total",
      "Jobs that failed in workers of the slot.",
      each(({ failed }) => failed),
    ),
    gauge(
      "forker_jobs_running",
      "Jobs that the slot holds now.",
      each(({ workers }) => workers.reduce((sum, { holding }) => sum + holding.length, 0)),
    ),
    gauge(
      "forker_slot_ready",
      "1 if the slot takes jobs.",
      each(({ slot }) => Number(verdicts.get(slot)?.ok ?? false)),
    ),
    gauge(
      "forker_slot_suspended",
      "1 if the slot is suspended.",
      each(({ slot }) => Number(verdicts.get(slot)?.suspended ?? false)),
    ),
    gauge(
      "forker_slot_connected",
      "1 if a worker of the slot is connected to Redis.",
      each(({ workers }) => Number(workers.some(({ connected }) => connected))),
    ),
    counter(
      "forker_worker_restarts_total",
      "Workers that the slot has had before.",
      each(({ restarts }) => restarts),
    ),
    counter(
      "forker_worker_oom_kills_total",
      "Workers of the slot that the OOM killer ended.",
      each(({ oomKills }) => oomKills),
    ),
    gauge(
      "forker_worker_start_seconds",
      "From the order to start the slot's worker to its first message.",
      each(startMs)
        .filter(({ value }) => !Number.isNaN(value))
        .map(({ labels, value }) => ({ ...(labels === undefined ? {} : { labels }), value: value / 1000 })),
    ),
  ];
}

/** By slot and not by pid: a series for each process that ever was would be without end. */
function ofProcesses({ status, residentBytes }: MetricsSource): Metric {
  const samples = new Map<string, Sample>();
  const add = (pid: number | undefined, labels: Record<string, string | number>) => {
    const value = pid === undefined || pid === 0 ? undefined : residentBytes(pid);
    const key = JSON.stringify(labels);
    if (value !== undefined) samples.set(key, { labels, value: value + (samples.get(key)?.value ?? 0) });
  };
  add(status.pid, { role: "init" });
  add(status.keeper?.pid, { role: "keeper" });
  for (const { pid } of status.templates) add(pid, { role: "template" });
  for (const { slot, workers } of status.slots) for (const { pid } of workers) add(pid, { role: "worker", slot });
  const help =
    "Resident memory, pages that are shared with other processes included; two processes of a slot or role are summed.";
  return gauge("forker_process_resident_memory_bytes", help, [...samples.values()]);
}

function gauge(name: string, help: string, samples: readonly Sample[]): Metric {
  return { name, help, type: "gauge", samples };
}

function counter(name: string, help: string, samples: readonly Sample[]): Metric {
  return { name, help, type: "counter", samples };
}
