import { isDeepStrictEqual } from "node:util";
import type { Action } from "../state/action.ts";
import type { Limits } from "../state/limits.ts";
import { slotSpecs, wantedSlots } from "../state/wanted-slots.ts";
import type { Worker } from "../state/worker.ts";
import { isInSlot, seemsToTurn } from "../state/worker-facts.ts";
import { slotOf, type World } from "../state/world.ts";

/** Gives the spare to the first slot that has lost its worker and whose pause is over. */
export function takeOver(world: World, limits: Limits, now: number): Action | undefined {
  const slots = wantedSlots(world);
  const lost = slots.filter((slot) => workersOf(world, slot).length === 0 && now >= slotOf(world, slot).notBefore);
  for (const slot of lost) {
    const spare = spareFor(world, slot, limits, now);
    if (spare !== undefined) return { kind: "takeOver", worker: spare.id, slot };
  }
  return undefined;
}

/** Whether the slot's worker is being killed, and a spare takes over when it has ended: then init forks no successor. */
export function awaitsSpare(world: World, slot: number, limits: Limits, now: number): boolean {
  const here = workersOf(world, slot);
  if (here.length === 0 || here.some(({ state }) => state !== "killed")) return false;
  return spareFor(world, slot, limits, now) !== undefined;
}

/** One that is stopped or blocked does not help: a worker that is started now takes jobs sooner. */
function spareFor(world: World, slot: number, limits: Limits, now: number): Worker | undefined {
  const spec = slotSpecs(world)[slot];
  const isReady = (one: Worker) =>
    one.state === "spare" && one.generation === world.current?.number && !one.isCutOff && seemsToTurn(one, limits, now);
  return world.workers.find((one) => isReady(one) && isDeepStrictEqual(one.spec, spec));
}

/** Even a worker that ends holds the slot: only one of a slot takes jobs at a time. The candidate's first worker takes none yet. */
function workersOf(world: World, slot: number): Worker[] {
  return world.workers.filter((one) => isInSlot(one, slot) && one.generation !== world.candidate?.number);
}

/**
 * Forks a spare when there is nothing else to do: every slot has a connected worker of the current generation, no reload is under way,
 * and the jobs of dead workers have been handed back, which needs the same processors. `canStart`: the current generation's workers can be started now.
 */
export function startSpare(world: World, limits: Limits, canStart: boolean, now: number): Action[] {
  const { current, candidate, reloadWanted, spare, handBackOrders } = world;
  if (!limits.hasSpare || !canStart || now < spare.notBefore) return [];
  if (candidate !== undefined || reloadWanted || handBackOrders.length > 0) return [];
  const isSettled = ({ state, generation, isRetiring, statusUpdate }: Worker) =>
    state === "taking" && generation === current?.number && !isRetiring && statusUpdate?.connected === true;
  const settled = world.workers.filter(isSettled).length;
  return settled === wantedSlots(world).length && settled === world.workers.length ? [{ kind: "startSpare" }] : [];
}

/** A spare of another generation has no use, nor has one whose spec no slot has after TTOU. */
export function isUselessSpare(world: World, { isSpare, generation, spec }: Worker): boolean {
  const isOfUse = generation === world.current?.number && slotSpecs(world).some((one) => isDeepStrictEqual(one, spec));
  return isSpare && !isOfUse;
}
