import type { Action } from "../state/action.ts";
import type { Generation } from "../state/generation.ts";
import type { Limits } from "../state/limits.ts";
import { wantedSlots } from "../state/wanted-slots.ts";
import type { Worker } from "../state/worker.ts";
import { isInSlot, obeysSuspension } from "../state/worker-facts.ts";
import { slotOf, type World } from "../state/world.ts";
import { awaitsSpare, isUselessSpare, startSpare, takeOver } from "./reconcile-spare.ts";

/**
 * Gives every slot one worker of the current generation. Only one worker of a slot takes jobs at a time: a successor waits in
 * standby until its predecessor has ended, so that a slot never exceeds its concurrency.
 */
export function reconcileSlots(world: World, limits: Limits, now: number): Action[] {
  const wanted = wantedSlots(world);
  const crashed = crashLoop(world, limits, wanted);
  if (crashed !== undefined) return [crashed];
  const takingOver = takeOver(world, limits, now);
  if (takingOver !== undefined) return [takingOver];
  const actions: Action[] = [];
  for (const slot of wanted) actions.push(...handOver(world, slot, now + limits.reloadDrainTimeoutMs));
  return [
    ...actions,
    ...removeSuperfluous(world, wanted, now + limits.reloadDrainTimeoutMs),
    ...startMissing(world, limits, wanted, now),
    ...startSpare(world, limits, world.current !== undefined && canStart(world, world.current), now),
    ...tellSuspension(world),
  ];
}

function handOver(world: World, slot: number, deadline: number): Action[] {
  const here = world.workers.filter((worker) => isInSlot(worker, slot) && !isOfCandidate(world, worker));
  const successor = here.find((worker) => worker.generation === world.current?.number && worker.state === "standby");
  if (successor === undefined) return [];
  const older = here.filter((worker) => worker !== successor);
  if (older.length === 0) return [{ kind: "take", worker: successor.id }];
  return older
    .filter((worker) => isToDrain(worker, worker.generation !== successor.generation))
    .map((worker) => ({
      kind: "drain",
      worker: worker.id,
      deadline: mayTakeItsTime(world, worker) ? Infinity : deadline,
    }));
}

/** A worker that drains without a deadline gets one as soon as a reload or TTOU also requires its end. */
function isToDrain({ state, deadline }: Worker, isUrgent: boolean): boolean {
  return state === "taking" || state === "standby" || (isUrgent && state === "draining" && deadline === Infinity);
}

/**
 * If only forker itself wants to replace the worker, its jobs are not cut short: each successor might do the same to them.
 * Time limits bound the jobs.
 */
function mayTakeItsTime({ current }: World, { isRetiring, generation, exitReport }: Worker): boolean {
  return isRetiring && generation === current?.number && exitReport === undefined;
}

function removeSuperfluous(world: World, wanted: readonly number[], deadline: number): Action[] {
  const actions: Action[] = [];
  const isWanted = new Set(wanted);
  for (const worker of world.workers) {
    if (isOfCandidate(world, worker)) continue;
    if (worker.isSpare) {
      if (isUnused(worker) && isUselessSpare(world, worker)) actions.push({ kind: "stop", worker: worker.id });
      continue;
    }
    const outside = !isWanted.has(worker.slot);
    const stale = worker.generation !== world.current?.number;
    const unused = isUnused(worker);
    if (unused && (stale || outside)) actions.push({ kind: "stop", worker: worker.id });
    else if (outside && !unused && isToDrain(worker, !isInVacantSlot(world, worker)))
      actions.push({
        kind: "drain",
        worker: worker.id,
        deadline: isInVacantSlot(world, worker) ? Infinity : deadline,
      });
  }
  return actions;
}

/** The demand does not need it, but nobody asks for its end: a job that it has just taken is not cut short. */
function isInVacantSlot({ slots, current }: World, { slot, generation, exitReport }: Worker): boolean {
  return slots[slot]?.isVacant === true && generation === current?.number && exitReport === undefined;
}

function isUnused({ state }: Worker): boolean {
  return state === "asked" || state === "starting" || state === "standby" || state === "spare";
}

function startMissing(world: World, limits: Limits, wanted: readonly number[], now: number): Action[] {
  const actions: Action[] = [];
  const { current, candidate } = world;
  if (current !== undefined && canStart(world, current)) {
    const slots = wanted.filter(
      (slot) =>
        !isManned(world, slot, current.number) &&
        now >= slotOf(world, slot).notBefore &&
        !awaitsSpare(world, slot, limits, now),
    );
    const batch = isRolling(world) && current.engine === "spawn" ? oneAtATime(world, slots) : slots;
    if (batch.length > 0) actions.push({ kind: "startWorkers", generation: current.number, slots: batch });
  }
  if (current !== undefined && candidate?.loaded !== undefined && canStart(world, candidate.loaded)) {
    if (!isManned(world, 0, candidate.number) && now >= slotOf(world, 0).notBefore) {
      actions.push({ kind: "startWorkers", generation: candidate.number, slots: [0] });
    }
  }
  return actions;
}

/** Whether the slot has a worker of this generation that has not been ordered to end and needs no successor. */
function isManned(world: World, slot: number, generation: number): boolean {
  return world.workers.some(
    (worker) =>
      isInSlot(worker, slot) &&
      worker.generation === generation &&
      !worker.isRetiring &&
      worker.state !== "draining" &&
      worker.state !== "stopping" &&
      worker.state !== "killed",
  );
}

/** Forking needs a ready template. Spawned workers load the application themselves. */
function canStart(world: World, generation: Generation): boolean {
  if (generation.engine === "spawn") return true;
  return world.templates.some((template) => template.generation === generation.number && template.state === "ready");
}

function isRolling(world: World): boolean {
  return world.workers.some((worker) => worker.generation !== world.current?.number && worker.state === "taking");
}

/** Spawned workers load the whole application. In a reload, one at a time does so while the others run jobs. */
function oneAtATime(world: World, slots: readonly number[]): readonly number[] {
  const starting = world.workers.some((worker) => worker.state === "asked" || worker.state === "starting");
  return starting ? [] : slots.slice(0, 1);
}

function isOfCandidate(world: World, worker: Worker): boolean {
  return worker.generation === world.candidate?.number;
}

function tellSuspension(world: World): Action[] {
  const actions: Action[] = [];
  for (const worker of world.workers) {
    if (!obeysSuspension(worker)) continue;
    const wanted = slotOf(world, worker.slot).suspended;
    if (worker.toldSuspended !== wanted) actions.push({ kind: wanted ? "suspend" : "resume", worker: worker.id });
  }
  return actions;
}

/** Gives up if every slot crashes repeatedly, and leaves the rest to the container's restart policy. */
function crashLoop(world: World, limits: Limits, wanted: readonly number[]): Action | undefined {
  if (wanted.length === 0 || world.workers.some((worker) => worker.startedAt !== undefined)) return undefined;
  const limit = world.hasStarted ? limits.crashesInARow : limits.crashesAtBoot;
  if (wanted.some((slot) => slotOf(world, slot).startFailures < limit)) return undefined;
  const last = world.lastDeath === undefined ? "" : `; the last one ${world.lastDeath}`;
  const why = `every worker crashed at least ${limit} times in a row before it took a job${last}`;
  return { kind: "fail", exit: "crashLoop", why };
}
