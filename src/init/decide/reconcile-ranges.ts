import type { Action } from "../state/action.ts";
import { dueJobsOf, isLull, mistakeTimeMs, type RangeSnapshot, waitingWorkMs } from "../state/demand.ts";
import type { Limits } from "../state/limits.ts";
import { mayBeBusy, rangeSnapshot } from "../state/range-snapshot.ts";
import { rangesOf, type SlotRange, slotsOfRange } from "../state/wanted-slots.ts";
import { isInSlot } from "../state/worker-facts.ts";
import type { World } from "../state/world.ts";
import { scaleRange } from "./scale-range.ts";

/** Changes how many workers each range has, by the demand for them. Suspended workers could not take the jobs. */
export function reconcileRanges(world: World, limits: Limits, now: number): Action[] {
  return rangesOf(world).flatMap((range) => {
    const lacking = toMinimum(world, range, now);
    if (lacking !== undefined) return [lacking];
    const snapshot = world.suspended ? undefined : rangeSnapshot(world, range, limits, now);
    return snapshot === undefined ? [] : scale(world, range, snapshot, now);
  });
}

/** TTOU may remove the slots in which a range has its workers. */
function toMinimum(world: World, range: SlotRange, now: number): Action | undefined {
  const vacant = emptiestFirst(world, range, now);
  const from = range.maximum - vacant.length;
  if (from >= range.minimum) return undefined;
  const slots = vacant.slice(0, range.minimum - from);
  const facts = { range: range.first, queues: range.spec.queues, from, waiting: 0, clearMs: 0 };
  return { ...facts, kind: "addWorkers", slots, why: "the workload has at least as many" };
}

function scale(world: World, range: SlotRange, snapshot: RangeSnapshot, now: number): Action[] {
  const decision = scaleRange(snapshot);
  const { first } = range;
  const facts = { range: first, queues: range.spec.queues, from: snapshot.workers, ...figuresOf(snapshot) };
  const step = decision.workers - snapshot.workers;
  const actions: Action[] = [];
  if (step > 0) {
    const slots = emptiestFirst(world, range, now).slice(0, step);
    actions.push({ ...facts, kind: "addWorkers", slots, why: whyUp(snapshot) });
  }
  if (step < 0) {
    const slots = withoutJobs(world, range).slice(0, -step);
    const mistakeForMs = mistakeTimeMs(snapshot);
    if (slots.length > 0)
      actions.push({ ...facts, kind: "removeWorkers", slots, why: whyDown(snapshot), mistakeForMs });
  }
  const { heldBy } = decision;
  if (heldBy !== undefined && heldBy !== world.demands.get(first)?.heldBy)
    actions.push({ ...facts, from: decision.workers, kind: "holdWorkers", heldBy });
  return actions;
}

function figuresOf(snapshot: RangeSnapshot): { readonly waiting: number; readonly clearMs: number } {
  return {
    waiting: dueJobsOf(snapshot),
    clearMs: Math.round(waitingWorkMs(snapshot) / Math.max(1, snapshot.workers)),
  };
}

function whyUp(snapshot: RangeSnapshot): string {
  const { workers, clearTimeMs } = snapshot;
  if (workers === 0) return "jobs wait, and there is no worker";
  return waitingWorkMs(snapshot) / workers > clearTimeMs
    ? `clearing the waiting jobs would take more than ${clearTimeMs} ms`
    : `all workers are busy, and none has taken a job for ${clearTimeMs} ms`;
}

function whyDown(snapshot: RangeSnapshot): string {
  const { idleForMs, quietPeak, quietForMs } = snapshot;
  if (isLull(snapshot)) return `there was no job for ${Math.round(idleForMs / 1_000)} s`;
  return `${quietPeak} ${quietPeak === 1 ? "was" : "were"} enough for ${Math.round(quietForMs / 1_000)} s`;
}

/** A worker in a slot whose last worker still drains would have to wait for it, and one in a slot that pauses after a crash, too. */
function emptiestFirst(world: World, range: SlotRange, now: number): number[] {
  const vacant = slotsOfRange(range).filter((slot) => world.slots[slot]?.isVacant === true);
  const isFree = (slot: number) =>
    (world.slots[slot]?.notBefore ?? 0) <= now && !world.workers.some((worker) => isInSlot(worker, slot));
  return [...vacant.filter(isFree), ...vacant.filter((slot) => !isFree(slot))];
}

/** The slots whose workers hold no job, the last ones first. */
function withoutJobs(world: World, range: SlotRange): number[] {
  const hasJobs = (slot: number) => world.workers.some((worker) => isInSlot(worker, slot) && mayBeBusy(worker));
  return slotsOfRange(range)
    .filter((slot) => world.slots[slot]?.isVacant !== true && !hasJobs(slot))
    .toReversed();
}
