import type { Action } from "../state/action.ts";
import type { Limits } from "../state/limits.ts";
import { endWithoutExit } from "../state/process-end.ts";
import type { World } from "../state/world.ts";
import { giveUp } from "./give-up.ts";
import { dropPendingEnds } from "./reconcile-ends.ts";

/** While init leaves, it starts nothing and ends every process. It exits once all have ended and all jobs are accounted for. */
export function leave(world: World, limits: Limits, now: number): Action[] {
  const actions: Action[] = [];
  for (const template of world.templates) {
    if (template.state === "ready") actions.push({ kind: "retireTemplate", template: template.id });
    // One that has failed is about to exit, and has a deadline.
    else if (template.state === "loading" && template.failure === undefined) {
      const status = endWithoutExit(template, limits.unkillableMs, now);
      if (status !== undefined) actions.push(giveUp("template", template, status));
      else actions.push({ kind: "killTemplate", template: template.id, why: "init is leaving", broken: false });
    }
  }
  for (const worker of world.workers) {
    switch (worker.state) {
      case "asked":
      case "starting":
        actions.push({ kind: "stop", worker: worker.id });
        break;
      case "standby":
      case "spare":
      case "taking":
        actions.push(
          world.phase === "draining"
            ? { kind: "drain", worker: worker.id, deadline: world.drainDeadline }
            : { kind: "stop", worker: worker.id },
        );
        break;
      case "draining":
        if (world.phase === "stopping") actions.push({ kind: "stop", worker: worker.id });
        else if (worker.deadline > world.drainDeadline && worker.exitReport === undefined) {
          actions.push({ kind: "drain", worker: worker.id, deadline: world.drainDeadline });
        }
        break;
      case "stopping":
      case "killed":
        break;
    }
  }
  // The keeper hands back quarantined jobs first.
  const hasProcesses = world.workers.length > 0 || world.templates.length > 0 || world.runners.length > 0;
  if (!hasProcesses && world.handBackOrders.length === 0 && world.quarantined.count === 0) {
    const dropped = dropPendingEnds(world);
    actions.push(...(dropped.length > 0 ? dropped : end(world, now)));
  }
  return actions;
}

/** Withdraws from the fleet, and reports to waiting subcommands, first: PID 1's exit kills all processes. */
function end(world: World, now: number): Action[] {
  const { keeper } = world;
  if (keeper?.state === "ready" && !keeper.hasWithdrawn) {
    if (keeper.withdrawDeadline === undefined) return [{ kind: "withdraw" }];
    if (now < keeper.withdrawDeadline) return [];
  }
  const exit = world.exit ?? (world.account.lost.count > 0 ? "jobsNotHandedBack" : "done");
  if (world.exitAt === undefined && world.waiters > 0) return [{ kind: "tellWaiters", exit }];
  return world.exitAt === undefined || world.exitAt <= now ? [{ kind: "exit", exit }] : [];
}
