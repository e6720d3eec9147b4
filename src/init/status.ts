import { processMemory } from "../admin/memory.ts";
import { formatWorkerSpec } from "../config/workload.ts";
import type { SlotStatus, Status, WorkerStatus } from "../protocol/status.ts";
import { slotOf, type Worker, type World, wantedSpecs } from "./world.ts";

/** What `forker status` tells, from what the workers last said of themselves. */
export async function statusOf(world: World, startedAt: number, now: number): Promise<Status> {
  const templates = world.templates.map(async ({ pid, generation, state }) => ({
    pid: pid ?? 0,
    generation,
    state,
    memory: pid === undefined ? null : await processMemory(pid),
  }));
  const count = Math.max(wantedSpecs(world).length, ...world.workers.map((worker) => worker.slot + 1));
  const slots = Array.from({ length: count }, (_, slot) => slotStatus(world, slot));
  return {
    pid: process.pid,
    phase: world.phase,
    ready: isReady(world),
    suspended: world.suspended,
    engine: world.current?.engine ?? null,
    engineReason: world.current?.engineReason ?? null,
    generation: world.current?.number ?? 0,
    reloading: isReloading(world),
    uptimeMs: Math.round(now - startedAt),
    templates: await Promise.all(templates),
    slots: await Promise.all(slots),
    totals: totalsOf(world),
  };
}

/** From the order to reload until the last worker of an older generation has ended. */
function isReloading(world: World): boolean {
  const { current, candidate, reloadWanted, workers } = world;
  if (current === undefined) return false;
  return candidate !== undefined || reloadWanted || workers.some((worker) => worker.generation !== current.number);
}

/** Every slot has a connected worker that takes jobs, or is suspended as asked. */
export function isReady(world: World): boolean {
  const wanted = wantedSpecs(world).length;
  if (world.phase !== "running" || wanted === 0) return false;
  return Array.from({ length: wanted }, (_, slot) => slot).every((slot) =>
    world.workers.some(
      (worker) =>
        worker.slot === slot &&
        (worker.state === "taking" || worker.state === "draining") &&
        worker.pulse?.connected === true,
    ),
  );
}

function totalsOf(world: World): Status["totals"] {
  let { finished, failed } = world.account;
  for (const worker of world.workers) {
    const told = worker.farewell ?? worker.pulse;
    finished += told?.finished ?? 0;
    failed += told?.failed ?? 0;
  }
  return { finished, failed, handedBack: world.account.handedBack.length };
}

async function slotStatus(world: World, index: number): Promise<SlotStatus> {
  const workers = world.workers.filter((worker) => worker.slot === index);
  const slot = slotOf(world, index);
  const spec = wantedSpecs(world)[index] ?? workers[0]?.spec;
  const told = workers.map((worker) => worker.farewell ?? worker.pulse);
  return {
    slot: index,
    spec: spec === undefined ? "" : formatWorkerSpec(spec),
    workers: await Promise.all(workers.map(workerStatus)),
    finished: told.reduce((sum, one) => sum + (one?.finished ?? 0), slot.finished),
    failed: told.reduce((sum, one) => sum + (one?.failed ?? 0), slot.failed),
    restarts: slot.restarts,
  };
}

async function workerStatus(worker: Worker): Promise<WorkerStatus> {
  const { pulse, pid } = worker;
  return {
    pid: pid ?? 0,
    generation: worker.generation,
    mode: worker.startedAt === undefined ? "starting" : (pulse?.mode ?? "standby"),
    connected: pulse?.connected ?? false,
    connectionError: pulse?.connectionError ?? null,
    queues: pulse?.queues ?? [],
    holding: pulse?.holding ?? [],
    finished: pulse?.finished ?? 0,
    failed: pulse?.failed ?? 0,
    startMs: worker.startedAt === undefined ? null : Math.round((worker.startedAt - worker.askedAt) * 10) / 10,
    memory: pid === undefined ? null : await processMemory(pid),
  };
}
