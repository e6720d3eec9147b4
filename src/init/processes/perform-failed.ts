import type { Action } from "../state/action.ts";
import type { ProcessName } from "../state/process-name.ts";
import type { PerformDependencies } from "./perform.ts";

/**
 * Called if perform() threw: the world already shows the action as done. A process that was not started is reported as one
 * that failed to start. A process that could not be killed keeps the reason, for the log. A worker that did not receive an order that
 * the world shows as sent must end. Everything else has a deadline.
 */
export function performFailed(
  action: Action,
  cause: Error,
  { world, children, push }: Pick<PerformDependencies, "world" | "children" | "push">,
): void {
  const notStarted = (role: ProcessName["role"], id: number | undefined) => {
    if (id !== undefined) children.notStarted({ role, id }, cause.message);
  };
  const notKilled = (role: ProcessName["role"], id: number | undefined) => {
    if (id !== undefined) push({ kind: "killFailed", process: { role, id }, why: cause.message });
  };
  switch (action.kind) {
    case "startReload":
    case "restartTemplate":
      notStarted("template", world.templates.at(-1)?.id);
      return;
    case "startWorkers":
      for (const { id } of world.workers.slice(-action.slots.length)) notStarted("worker", id);
      return;
    case "startSpare":
      notStarted("worker", world.workers.at(-1)?.id);
      return;
    case "startRunners":
      for (const { id } of world.runners.slice(-action.count)) notStarted("runner", id);
      return;
    case "startKeeper":
      notStarted("keeper", world.keeper?.id);
      return;
    case "take":
    case "takeOver":
    case "suspend":
    case "resume":
      push({ kind: "workerChannelClosed", worker: action.worker });
      return;
    case "killTemplate":
      notKilled("template", action.template);
      return;
    case "replace":
      if (action.how === "kill") notKilled("worker", action.worker);
      return;
    case "kill":
    case "endJobs":
      notKilled("worker", action.worker);
      return;
    case "killRunner":
      notKilled("runner", action.runner);
      return;
    case "killKeeper":
      notKilled("keeper", world.keeper?.id);
      return;
    case "retireTemplate":
    case "drain":
    case "stop":
    case "stopUnkilled":
    case "giveUp":
    case "keeperLeaves":
    case "withdraw":
    case "handBack":
    case "passOnEnd":
    case "askRetryDelay":
    case "answerRetryDelay":
    case "dropEnds":
    case "giveUpHandBack":
    case "giveUpQuarantined":
    case "tellWaiters":
    case "exit":
    case "addWorkers":
    case "removeWorkers":
    case "holdWorkers":
    case "recycle":
    case "activate":
    case "fallBack":
    case "abandonReload":
    case "fail":
      return;
  }
}
