import { healthOf, isAsAsked } from "../../admin/health.ts";
import { processMemory } from "../../admin/memory.ts";
import { formatWorkerSpec } from "../../config/workload.ts";
import type { RangeStatus, RunnerStatus, SlotStatus, Status, WorkerStatus } from "../../protocol/status.ts";
import type { Limits } from "../state/limits.ts";
import type { Runner, RunnerState } from "../state/runner.ts";
import type { Slot } from "../state/slot.ts";
import { rangesOf, type SlotRange, slotSpecs, slotsOfRange, wantedSlots } from "../state/wanted-slots.ts";
import type { Worker } from "../state/worker.ts";
import { countsOf, isInSlot, jobsOf } from "../state/worker-facts.ts";
import { slotOf, type World } from "../state/world.ts";
import { healthSnapshot } from "./health-snapshot.ts";
import { queueStatusesOf, timesStatus } from "./queue-status.ts";

export interface StatusFacts {
  readonly limits: Limits;
  readonly startedAt: number;
  /** When the loop turned last. */
  readonly turnedAt: number;
  readonly now: number;
  readonly logLinesDropped: number;
}

/** The answer to `forker status`, from the workers' latest reports. */
export async function statusOf(world: World, facts: StatusFacts, memoryOf = processMemory): Promise<Status> {
  const { limits, startedAt, turnedAt, now, logLinesDropped } = facts;
  const snapshot = healthSnapshot(world, limits, turnedAt, now);
  const templates = world.templates.map(async ({ pid, generation, state }) => ({
    pid: pid ?? 0,
    generation,
    state,
    memory: pid === undefined ? null : await memoryOf(pid),
  }));
  const spares = world.workers.filter(({ isSpare }) => isSpare);
  const inSlots = world.workers.filter(({ isSpare }) => !isSpare);
  // A vacant slot whose workers have run jobs keeps its counters.
  const before = [...slotSpecs(world).keys()].filter((slot) => hasHistory(world.slots[slot]));
  const shown = new Set([...wantedSlots(world), ...inSlots.map(({ slot }) => slot), ...before]);
  const slots = [...shown].toSorted((one, other) => one - other).map((slot) => slotStatus(world, slot, now, memoryOf));
  return {
    pid: process.pid,
    phase: world.phase,
    ready: isAsAsked(snapshot),
    health: healthOf(snapshot),
    suspended: world.suspended,
    engine: world.current?.engine ?? null,
    engineReason: world.current?.engineReason ?? null,
    generation: world.current?.number ?? 0,
    reloading: isReloading(world),
    uptimeMs: Math.round(now - startedAt),
    templates: await Promise.all(templates),
    keeper: await keeperStatus(world, memoryOf),
    memory: await memoryOf(process.pid),
    slots: await Promise.all(slots),
    spares: await Promise.all(spares.map((worker) => workerStatus(world, worker, now, memoryOf))),
    ranges: rangesOf(world).map((range) => rangeStatus(world, range)),
    queues: queueStatusesOf(world, now),
    totals: totalsOf(world),
    workerStarts: timesStatus(world.workerStarts),
    oomKills: world.oomKills,
    logLinesDropped,
  };
}

/** True from the order to reload until the last worker of an older generation has ended. */
export function isReloading(world: World): boolean {
  const { current, candidate, reloadWanted, workers } = world;
  if (current === undefined) return false;
  return candidate !== undefined || reloadWanted || workers.some((worker) => worker.generation !== current.number);
}

function hasHistory(slot: Slot | undefined): boolean {
  return slot !== undefined && slot.finished + slot.failed + slot.restarts > 0;
}

export function rangeStatus(world: World, range: SlotRange): RangeStatus {
  const { spec, maximum, first } = range;
  const { current, demands } = world;
  // As written, even where there is always a worker because nobody would see the jobs.
  const minimum = Math.min(maximum, current?.specs[first]?.range?.minimum ?? range.minimum);
  const hasNoKeeper = current?.place !== undefined && current.redis === undefined;
  const workers = slotsOfRange(range).filter((slot) => world.slots[slot]?.isVacant !== true).length;
  return {
    spec: formatWorkerSpec(spec),
    workers,
    minimum,
    maximum,
    heldBy: hasNoKeeper ? "keeper" : (demands.get(first)?.heldBy ?? null),
  };
}

export function totalsOf(world: World): Status["totals"] {
  let { finished, failed } = world.account;
  for (const worker of world.workers) {
    const counts = countsOf(worker);
    finished += counts.finished;
    failed += counts.failed;
  }
  const { account, handBacks } = world;
  const handedBackBy = { ...handBacks };
  return { finished, failed, handedBack: account.handedBack.count, handedBackBy, lost: account.lost.count };
}

type MemoryOf = typeof processMemory;

async function keeperStatus({ keeper }: World, memoryOf: MemoryOf): Promise<Status["keeper"]> {
  if (keeper === undefined) return null;
  const { pid, state } = keeper;
  return { pid: pid ?? 0, state, memory: pid === undefined ? null : await memoryOf(pid) };
}

async function slotStatus(world: World, index: number, now: number, memoryOf: MemoryOf): Promise<SlotStatus> {
  const workers = world.workers.filter((worker) => isInSlot(worker, index));
  const slot = slotOf(world, index);
  const spec = slotSpecs(world)[index] ?? workers[0]?.spec;
  const counts = workers.map(countsOf);
  return {
    slot: index,
    vacant: slot.isVacant,
    spec: spec === undefined ? "" : formatWorkerSpec(spec),
    workers: await Promise.all(workers.map((worker) => workerStatus(world, worker, now, memoryOf))),
    finished: counts.reduce((sum, one) => sum + one.finished, slot.finished),
    failed: counts.reduce((sum, one) => sum + one.failed, slot.failed),
    restarts: slot.restarts,
    lastDeath: slot.lastDeath ?? null,
    oomKills: slot.oomKills,
    loopDelay: timesStatus(slot.loopDelay),
  };
}

async function workerStatus(world: World, worker: Worker, now: number, memoryOf: MemoryOf): Promise<WorkerStatus> {
  const { statusUpdate, pid, seen, jobFreeSince } = worker;
  const jobs = jobsOf(worker);
  const isIdle = jobs.length === 0 && seen !== undefined;
  const runners = world.runners.filter((one) => one.worker === worker.id);
  return {
    pid: pid ?? 0,
    generation: worker.generation,
    mode: worker.startedAt === undefined ? "starting" : (statusUpdate?.mode ?? "standby"),
    notTakingReason: worker.seen?.notTakingReason ?? null,
    connected: statusUpdate?.connected ?? false,
    connectionError: statusUpdate?.connectionError ?? null,
    queues: statusUpdate?.queues ?? [],
    holding: jobs.map(({ queue, id, startedAt, stage }) => ({
      queue,
      id,
      runningMs: Math.max(0, Math.round(now - startedAt)),
      stage,
    })),
    idleMs: isIdle ? Math.max(0, Math.round(now - jobFreeSince)) : null,
    ...countsOf(worker),
    startMs: worker.startedAt === undefined ? null : Math.round((worker.startedAt - worker.askedAt) * 10) / 10,
    memory: pid === undefined ? null : await memoryOf(pid),
    runners: await Promise.all(runners.map((runner) => runnerStatus(runner, memoryOf))),
  };
}

const runnerStates = {
  asked: "starting",
  primed: "ready",
  running: "running",
  ending: "ending",
  killed: "ending",
} as const satisfies Record<RunnerState, RunnerStatus["state"]>;

async function runnerStatus({ pid, state, job }: Runner, memoryOf: MemoryOf): Promise<RunnerStatus> {
  const memory = pid === undefined ? null : await memoryOf(pid);
  return { pid: pid ?? 0, state: runnerStates[state], job: job ?? null, memory };
}
