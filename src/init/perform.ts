import type { Logger } from "pino";
import type { Settings } from "../config/settings.ts";
import type { InitToWorker } from "../protocol/messages.ts";
import type { Action } from "./action.ts";
import { findTemplate, findWorker } from "./advance.ts";
import type { Children } from "./children.ts";
import type { Spawner } from "./spawner.ts";
import type { Template, Worker, World } from "./world.ts";

export interface PerformDependencies {
  readonly world: World;
  readonly children: Children;
  readonly spawner: Spawner;
  readonly settings: Settings;
  readonly log: Logger;
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
      killProcess(findTemplate(world, action.template).pid);
      return;
    case "startWorkers":
      startWorkers(action.generation, action.slots.length, dependencies);
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
      killProcess(findWorker(world, action.worker).pid);
      return;
    case "giveUp":
      children.forgetWorker(action.worker);
      return;
    case "exit":
      dependencies.exit(action.exit);
      return;
    case "adopt":
    case "abandonReload":
    case "fail":
      return;
  }
}

/** advance() has just added them: they are the last ones. */
function startWorkers(generation: number, count: number, { world, children, spawner }: PerformDependencies): void {
  const asked = world.workers.slice(-count);
  const loaded = [world.current, world.candidate?.loaded].find((one) => one?.number === generation);
  if (loaded?.engine === "spawn") {
    for (const worker of asked) spawner.spawnWorker(worker);
    return;
  }
  const template = world.templates.find((one) => one.generation === generation && one.state === "ready");
  const births = asked.map((worker: Worker) => ({
    slot: worker.slot,
    token: children.expectWorker(worker.id).token,
    spec: { queues: [...worker.spec.queues], concurrency: worker.spec.concurrency },
  }));
  if (template !== undefined) children.template(template.id)?.send({ kind: "fork", births });
}

/** ESRCH: it has ended by itself, and its exit is on the way. EPERM cannot be: boot checked that we may signal workers. */
export function killProcess(pid: number | undefined, signal: NodeJS.Signals = "SIGKILL"): void {
  if (pid === undefined) return;
  try {
    process.kill(pid, signal);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "ESRCH") throw cause;
  }
}
