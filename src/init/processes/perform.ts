import type { Board } from "../../board/board-memory.ts";
import { clearRow } from "../../board/row-reader.ts";
import type { Settings } from "../../config/settings.ts";
import type { ExitName } from "../../exit/exit-codes.ts";
import type { InitToWorker } from "../../protocol/messages.ts";
import { startOptionsOf } from "../../protocol/worker-start-options.ts";
import type { Action } from "../state/action.ts";
import type { Event } from "../state/event.ts";
import { findHandBackOrder, findWorker } from "../state/find.ts";
import type { KeeperProcess } from "../state/keeper.ts";
import { findEnd } from "../state/pending-ends.ts";
import type { ProcessName } from "../state/process-name.ts";
import { findRetryDelay } from "../state/retry-delays.ts";
import type { Template } from "../state/template.ts";
import type { Worker } from "../state/worker.ts";
import type { World } from "../state/world.ts";
import type { Children } from "./children.ts";
import type { Spawner } from "./spawner.ts";

export interface PerformDependencies {
  readonly world: World;
  readonly children: Children;
  readonly spawner: Spawner;
  readonly settings: Settings;
  readonly board: Board | undefined;
  readonly push: (event: Event) => void;
  /** Reports the exit code to the subcommands that wait for the end of the drain. */
  readonly tellWaiters: (exit: ExitName) => void;
  readonly exit: (name: ExitName) => void;
}

/** Performs an action. advance() has already changed the world. */
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
    case "startSpare":
      startWorkers(1, dependencies);
      return;
    case "takeOver":
      say(action.worker, {
        kind: "takeOver",
        slot: action.slot,
        suspended: findWorker(world, action.worker).toldSuspended,
      });
      return;
    case "startRunners":
      startRunners(action, dependencies);
      return;
    case "killRunner":
      kill({ role: "runner", id: action.runner });
      return;
    case "take":
    case "drain":
    case "suspend":
    case "resume":
      say(action.worker, { kind: action.kind });
      return;
    case "stop":
    case "stopUnkilled":
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
    case "askRetryDelay":
      say(action.worker, {
        kind: "computeRetryDelay",
        ...findRetryDelay(world, action.number).question,
        number: action.number,
      });
      return;
    case "answerRetryDelay":
      children.keeper?.send({ kind: "retryDelay", ...action.answer });
      return;
    case "activate":
      children.keeper?.send({ kind: "options", queueOptions: world.current?.queueOptions ?? [] });
      return;
    case "dropEnds":
    case "giveUpHandBack":
    case "giveUpQuarantined":
      return;
    case "giveUp":
      children.forget(action.process);
      if (action.runnerOf !== undefined) {
        const { worker, end } = action.runnerOf;
        say(worker, { kind: "runnerEnded", runner: action.process.id, ...end });
      }
      return;
    case "startKeeper":
      spawner.spawnKeeper(world.keeper as KeeperProcess);
      return;
    case "keeperLeaves":
      children.keeper?.send({ kind: "leaving", queues: world.quarantined.queues });
      return;
    case "withdraw":
      children.keeper?.send({ kind: "withdraw" });
      return;
    case "killKeeper":
      if (world.keeper !== undefined) kill({ role: "keeper", id: world.keeper.id });
      return;
    case "handBack": {
      const order = findHandBackOrder(world, action.deadWorker);
      const { deadline: _, isOrdered: __, mayHoldMore: ___, isSpare: ____, ...deadWorker } = order;
      children.keeper?.send({ kind: "handBack", ...deadWorker });
      return;
    }
    case "tellWaiters":
      dependencies.tellWaiters(action.exit);
      return;
    case "exit":
      dependencies.exit(action.exit);
      if (world.keeper !== undefined) kill({ role: "keeper", id: world.keeper.id });
      return;
    case "addWorkers":
    case "removeWorkers":
    case "holdWorkers":
    case "recycle":
    case "fallBack":
    case "abandonReload":
    case "fail":
      return;
  }
}

/** advance() has just added these workers: they are the last ones. */
function startWorkers(count: number, { world, children, spawner, board }: PerformDependencies): void {
  const asked = world.workers.slice(-count);
  for (const { row } of asked) if (board !== undefined && row !== undefined) clearRow(board.memory, row);
  const [first] = asked;
  if (first?.template === undefined) {
    for (const worker of asked) spawner.spawnWorker(worker);
    return;
  }
  const workers = asked.map((worker: Worker) => ({
    worker: worker.id,
    token: children.expectWorker(worker).token,
    options: startOptionsOf(worker),
  }));
  children.template(first.template)?.send({ kind: "fork", workers });
}

/** advance() has just added these runners: they are the last ones. */
function startRunners(
  { worker: id, count }: Extract<Action, { kind: "startRunners" }>,
  { world, children }: PerformDependencies,
): void {
  const worker = findWorker(world, id);
  const host = worker.runnersWanted?.host;
  const asked = world.runners.slice(-count);
  const [first] = asked;
  if (host === undefined || first === undefined) return;
  for (const runner of asked) children.expectRunner(runner);
  const options = startOptionsOf(worker);
  const runners = asked.map((runner) => ({ runner: runner.id, host, options }));
  children.template(first.template)?.send({ kind: "fork", workers: [], runners });
}
