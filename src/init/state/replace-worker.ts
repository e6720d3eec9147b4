import type { Action } from "./action.ts";
import { type Limits, replacementPauseMs } from "./limits.ts";
import { transitionWorker } from "./transitions.ts";
import type { Worker } from "./worker.ts";
import { deadlineOf } from "./worker-facts.ts";
import { slotOfWorker, type World } from "./world.ts";

/** Replaces a stuck worker. The slot's count of replacements resets after a period without one. */
export function replaceWorker(
  world: World,
  worker: Worker,
  { how, why }: Extract<Action, { kind: "replace" }>,
  limits: Limits,
  now: number,
): void {
  const slot = slotOfWorker(world, worker);
  const isOneOfMany = now - slot.replaceNotBefore < limits.replacementPauseMaximumMs;
  slot.replacements = isOneOfMany ? slot.replacements + 1 : 1;
  slot.replaceNotBefore = now + replacementPauseMs(slot.replacements, limits);
  worker.replacedFor = why;
  if (how === "drain") worker.isRetiring = true;
  else if (how === "stop")
    transitionWorker(worker, "stopping", deadlineOf(worker, now + limits.stopTimeoutMs + limits.handBackTimeMs));
  else {
    worker.killedAt ??= now;
    worker.killFailure = undefined;
    transitionWorker(worker, "killed", now + limits.killAgainMs);
  }
}
