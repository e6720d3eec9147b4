import type { Logger } from "pino";
import type { DrainWaiters } from "../admin/drain-waiters.ts";
import type { Board } from "../board/board-memory.ts";
import { emptySeat } from "../board/seat-reader.ts";
import type { Settings } from "../config/settings.ts";
import type { InitToWorker } from "../protocol/messages.ts";
import { startOptionsOf } from "../protocol/worker-start-options.ts";
import type { Action } from "./action.ts";
import { findReturn } from "./advance.ts";
import type { Children } from "./children.ts";
import type { Event } from "./event.ts";
import { findEnd } from "./pending-ends.ts";
import type { ProcessName } from "./process-end.ts";
import { drainReport } from "./report.ts";
import type { Spawner } from "./spawner.ts";
import type { Keeper, Template, Worker, World } from "./world.ts";

export interface PerformDependencies {
  readonly world: World;
  readonly children: Children;
  readonly spawner: Spawner;
  readonly settings: Settings;
  readonly board: Board | undefined;
  readonly log: Logger;
  readonly waiters: DrainWaiters;
  readonly push: (event: Event) => void;
  readonly exit: (name: Extract<Action, { kind: "exit" }>["exit"]) => void;
}

/** The effect of each action. The world has been changed already: see advance. */
export function perform(action: Action, dependencies: PerformDependencies): void {
  const { world, children, spawner, settings } = dependencies;
  const say = (worker: number, message: InitToWorker) => children.worker(worker)?.send(message);
  const kill = (name: ProcessName) => {
    if (children.processOf(name)?.signal("SIGKILL") === false) children.gone(name);
  };
  switch (action.kind) {
    case "startReload":
    case "restartTemplate":
      spawner.spawnTemplate(world.templates.at(-1) as Template);
      return;
    case "retireTemplate":
      children.template(action.template)?.send({ kind: "retire" });
      return;
    case "killTemplate":
      kill({ role: "template", id: action.template });
      return;
    case "startWorkers":
      startWorkers(action.slots.length, dependencies);
      return;
    case "take":
    case "drain":
    case "suspend":
    case "resume":
      say(action.worker, { kind: action.kind });
      return;
    case "stop":
      say(action.worker, { kind: "stop", timeoutMs: settings.stopTimeoutMs });
      return;
    case "replace":
      if (action.how === "stop") say(action.worker, { kind: "stop", timeoutMs: settings.stopTimeoutMs });
      if (action.how === "kill") kill({ role: "worker", id: action.worker });
      return;
    case "kill":
    case "endJobs":
      kill({ role: "worker", id: action.worker });
      return;
    case "passOnEnd":
      say(action.worker, { kind: "ended", number: action.number, report: findEnd(world, action.number).report });
      return;
    case "dropEnds":
    case "giveUpReturn":
    case "giveUpKeptBack":
      return;
    case "giveUp":
      children.forget(action.process);
      return;
    case "startKeeper":
      spawner.spawnKeeper(world.keeper as Keeper);
      return;
    case "keeperLeaves":
      children.keeper?.send({ kind: "leaving", queues: world.keptBack.queues });
      return;
    case "killKeeper":
      if (world.keeper !== undefined) kill({ role: "keeper", id: world.keeper.id });
      return;
    case "handBack": {
      const { worker, owner, queues, holding, reason, counts, endings } = findReturn(world, action.returned);
      children.keeper?.send({ kind: "handBack", worker, owner, queues, holding, reason, counts, endings });
      return;
    }
    case "tellWaiters":
      dependencies.waiters.end({ ...drainReport(world), exit: action.exit });
      return;
    case "exit":
      dependencies.exit(action.exit);
      if (world.keeper !== undefined) kill({ role: "keeper", id: world.keeper.id });
      return;
    case "recycle":
    case "adopt":
    case "fallBack":
    case "abandonReload":
    case "fail":
      return;
  }
}

/**
 * The effect of an action threw, and the world shows the action as done. What it was to start ends here, as all that does not
 * start does. A worker that did not receive what the world has noted as sent is ended. Everything else has a deadline.
 */
export function performFailed(action: Action, cause: Error, { world, children, push }: PerformDependencies): void {
  const notStarted = (role: ProcessName["role"], id: number | undefined) => {
    if (id !== undefined) children.notStarted({ role, id }, cause.message);
  };
  switch (action.kind) {
    case "startReload":
    case "restartTemplate":
      notStarted("template", world.templates.at(-1)?.id);
      return;
    case "startWorkers":
      for (const { id } of world.workers.slice(-action.slots.length)) notStarted("worker", id);
      return;
    case "startKeeper":
      notStarted("keeper", world.keeper?.id);
      return;
    case "take":
    case "suspend":
    case "resume":
      push({ kind: "workerSilent", worker: action.worker });
      return;
    case "retireTemplate":
    case "killTemplate":
    case "drain":
    case "stop":
    case "replace":
    case "kill":
    case "endJobs":
    case "giveUp":
    case "keeperLeaves":
    case "killKeeper":
    case "handBack":
    case "passOnEnd":
    case "dropEnds":
    case "giveUpReturn":
    case "giveUpKeptBack":
    case "tellWaiters":
    case "exit":
    case "recycle":
    case "adopt":
    case "fallBack":
    case "abandonReload":
    case "fail":
      return;
  }
}

/** advance() has just added them: they are the last ones. */
function startWorkers(count: number, { world, children, spawner, board }: PerformDependencies): void {
  const asked = world.workers.slice(-count);
  for (const { seat } of asked) if (board !== undefined && seat !== undefined) emptySeat(board.memory, seat);
  const [first] = asked;
  if (first?.template === undefined) {
    for (const worker of asked) spawner.spawnWorker(worker);
    return;
  }
  const births = asked.map((worker: Worker) => ({
    token: children.expectWorker(worker.id, worker.uid).token,
    options: startOptionsOf(worker),
  }));
  children.template(first.template)?.send({ kind: "fork", births });
}
