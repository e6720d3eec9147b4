import type { Action } from "./action.ts";
import type { Limits } from "./limits.ts";
import { reconcileGenerations } from "./reconcile-generations.ts";
import { leave } from "./reconcile-leaving.ts";
import { reconcileSlots } from "./reconcile-slots.ts";
import type { World } from "./world.ts";

/**
 * What to do now, given all that init knows. Pure: reads the world, changes nothing, knows no process.
 * The loop performs the actions, and asks again until there is nothing left to do.
 */
export function reconcile(world: World, limits: Limits, now: number): Action[] {
  const late = overdue(world, now);
  if (late.length > 0) return late;
  if (world.phase === "draining" || world.phase === "stopping") return leave(world);
  return [...reconcileGenerations(world, limits, now), ...reconcileSlots(world, limits, now)];
}

/** Whatever outlasted its deadline is moved on: asked → given up, starting → killed, draining → stopped, stopping → killed. */
function overdue(world: World, now: number): Action[] {
  const actions: Action[] = [];
  for (const template of world.templates) {
    if (template.deadline > now) continue;
    const why =
      template.state === "loading"
        ? "it did not load within FORKER_BOOT_TIMEOUT"
        : `it was ${template.state} for too long`;
    actions.push({ kind: "killTemplate", template: template.id, why });
  }
  for (const worker of world.workers) {
    if (worker.deadline > now) continue;
    if (worker.pid === undefined) actions.push({ kind: "giveUp", worker: worker.id });
    else if (worker.state === "draining" && worker.farewell === undefined)
      actions.push({ kind: "stop", worker: worker.id });
    else actions.push({ kind: "kill", worker: worker.id, why: `it was ${worker.state} for too long` });
  }
  return actions;
}

/** The next instant at which reconcile could decide otherwise without any event. */
export function nextDeadline(world: World, now: number): number {
  const waits = world.slots.map((slot) => slot.notBefore).concat(world.templateNotBefore);
  return Math.min(
    ...world.templates.map((template) => template.deadline),
    ...world.workers.map((worker) => worker.deadline),
    ...waits.filter((instant) => instant > now),
  );
}
