import type { Action } from "./action.ts";
import type { World } from "./world.ts";

/** On the way out: nothing is started, everybody is told to end, and init exits after the last one. */
export function leave(world: World): Action[] {
  const actions: Action[] = [];
  for (const template of world.templates) {
    if (template.state === "ready") actions.push({ kind: "retireTemplate", template: template.id });
    else if (template.state === "loading") {
      actions.push({ kind: "killTemplate", template: template.id, why: "init is leaving" });
    }
  }
  for (const worker of world.workers) {
    switch (worker.state) {
      case "asked":
      case "starting":
        actions.push({ kind: "stop", worker: worker.id });
        break;
      case "standby":
      case "taking":
        actions.push(
          world.phase === "draining"
            ? { kind: "drain", worker: worker.id, deadline: world.drainDeadline }
            : { kind: "stop", worker: worker.id },
        );
        break;
      case "draining":
        if (world.phase === "stopping") actions.push({ kind: "stop", worker: worker.id });
        else if (worker.deadline > world.drainDeadline && worker.farewell === undefined) {
          actions.push({ kind: "drain", worker: worker.id, deadline: world.drainDeadline });
        }
        break;
      case "stopping":
      case "killed":
        break;
    }
  }
  if (world.workers.length === 0 && world.templates.length === 0) {
    const unaccounted = world.account.lost.length > 0 ? "jobsNotHandedBack" : "done";
    actions.push({ kind: "exit", exit: world.exit ?? unaccounted });
  }
  return actions;
}
