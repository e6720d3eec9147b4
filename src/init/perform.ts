import type { Logger } from "pino";
import type { DrainWaiters } from "../admin/drain-waiters.ts";
import type { Board } from "../board/board-memory.ts";
import { emptySeat } from "../board/seat-reader.ts";
import type { Settings } from "../config/settings.ts";
import type { InitToWorker } from "../protocol/messages.ts";
import type { Action } from "./action.ts";
import { findReturn } from "./advance.ts";
import type { Children } from "./children.ts";
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
  readonly exit: (name: Extract<Action, { kind: "exit" }>["exit"]) => void;
}

/** The effect of each action. The world has been changed already: see advance. */
export function perform(action: Action, dependencies: PerformDependencies): void {
  const { world, children, spawner, settings } = dependencies;
  const say = (worker: number, message: InitToWorker) => children.worker(worker)?.send(message);
  switch (action.kind) {
    case "startReload":
    case "restartTemplate":
      spawner.spawnTemplate(world.templates.at(-1) as Template);
      return;
    case "retireTemplate":
      children.template(action.template)?.send({ kind: "retire" });
      return;
    case "killTemplate":
      children.processOf("template", action.template)?.signal("SIGKILL");
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
    case "kill":
    case "endJobs":
      children.processOf("worker", action.worker)?.signal("SIGKILL");
      return;
    case "giveUpReturn":
    case "giveUpKeptBack":
      return;
    case "giveUp":
      children.forgetWorker(action.worker);
      return;
    case "startKeeper":
      spawner.spawnKeeper(world.keeper as Keeper);
      return;
    case "keeperLeaves":
      children.keeper?.send({ kind: "leaving", queues: world.keptBack.queues });
      return;
    case "killKeeper":
      children.keeperProcess?.signal("SIGKILL");
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
      children.keeperProcess?.signal("SIGKILL");
      dependencies.exit(action.exit);
      return;
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
    slot: worker.slot,
    seat: board === undefined ? undefined : worker.seat,
    stalledAfterMs: worker.stalledAfterMs,
    token: children.expectWorker(worker.id, worker.uid).token,
    spec: { queues: [...worker.spec.queues], concurrency: worker.spec.concurrency },
  }));
  children.template(first.template)?.send({ kind: "fork", births });
}
