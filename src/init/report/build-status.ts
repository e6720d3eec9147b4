import { healthOf, isAsAsked } from "../../admin/health.ts";
import { processMemory } from "../../admin/memory.ts";
import { formatWorkerSpec } from "../../config/workload.ts";
import type { RunnerStatus, SlotStatus, Status, WorkerStatus } from "../../protocol/status.ts";
import type { Limits } from "../state/limits.ts";
import type { Runner, RunnerState } from "../state/runner.ts";
import type { Worker } from "../state/worker.ts";
import { countsOf, jobsOf } from "../state/worker-facts.ts";
import { slotOf, type World, wantedSpecs } from "../state/world.ts";
import { healthSnapshot } from "./health-snapshot.ts";

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
  const count = Math.max(wantedSpecs(world).length, ...world.workers.map((worker) => worker.slot + 1));
  const slots = Array.from({ length: count }, (_, slot) => slotStatus(world, slot, now, memoryOf));
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
    totals: totalsOf(world),
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

export function totalsOf(world: World): Status["totals"] {
  let { finished, failed } = world.account;
  for (const worker of world.workers) {
    const counts = countsOf(worker);
    finished += counts.finished;
    failed += counts.failed;
  }
  return { finished, failed, handedBack: world.account.handedBack.count, lost: world.account.lost.count };
}

type MemoryOf = typeof processMemory;

async function keeperStatus({ keeper }: World, memoryOf: MemoryOf): Promise<Status["keeper"]> {
  if (keeper === undefined) return null;
  const { pid, state } = keeper;
  return { pid: pid ?? 0, state, memory: pid === undefined ? null : await memoryOf(pid) };
}

async function slotStatus(world: World, index: number, now: number, memoryOf: MemoryOf): Promise<SlotStatus> {
  const workers = world.workers.filter((worker) => worker.slot === index);
  const slot = slotOf(world, index);
  const spec = wantedSpecs(world)[index] ?? workers[0]?.spec;
  const counts = workers.map(countsOf);
  return {
    slot: index,
    spec: spec === undefined ? "" : formatWorkerSpec(spec),
    workers: await Promise.all(workers.map((worker) => workerStatus(world, worker, now, memoryOf))),
    finished: counts.reduce((sum, one) => sum + one.finished, slot.finished),
    failed: counts.reduce((sum, one) => sum + one.failed, slot.failed),
    restarts: slot.restarts,
    lastDeath: slot.lastDeath ?? null,
    oomKills: slot.oomKills,
  };
}

async function workerStatus(world: World, worker: Worker, now: number, memoryOf: MemoryOf): Promise<WorkerStatus> {
  const { statusUpdate, pid, seen, idleSince } = worker;
  const jobs = jobsOf(worker);
  const isIdle = jobs.length === 0 && seen !== undefined && Number.isFinite(idleSince);
  const runners = world.runners.filter((one) => one.worker === worker.id);
  return {
    pid: pid ?? 0,
    generation: worker.generation,
    mode: worker.startedAt === undefined ? "starting" : (statusUpdate?.mode ?? "standby"),
    notTakingReason: worker.seen?.notTakingReason ?? null,
    connected: statusUpdate?.connected ?? false,
    connectionError: statusUpdate?.connectionError ?? null,
    queues: statusUpdate?.queues ?? [],
    holding: jobs.map(({ queue, id, startedAt }) => ({
      queue,
      id,
      runningMs: Math.max(0, Math.round(now - startedAt)),
    })),
    idleMs: isIdle ? Math.max(0, Math.round(now - idleSince)) : null,
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
