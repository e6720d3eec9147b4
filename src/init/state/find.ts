import type { Generation } from "./generation.ts";
import type { HandBackOrder, KeeperProcess } from "./keeper.ts";
import type { ProcessName } from "./process-name.ts";
import type { Runner } from "./runner.ts";
import type { Template } from "./template.ts";
import type { Worker } from "./worker.ts";
import type { World } from "./world.ts";

export function findWorker(world: World, id: number): Worker {
  const worker = world.workers.find((one) => one.id === id);
  if (worker === undefined) throw new Error(`worker ${id} does not exist`);
  return worker;
}

export function findRunner(world: World, id: number): Runner {
  const runner = world.runners.find((one) => one.id === id);
  if (runner === undefined) throw new Error(`runner ${id} does not exist`);
  return runner;
}

export function findHandBackOrder(world: World, worker: number): HandBackOrder {
  const found = world.handBackOrders.find((one) => one.worker === worker);
  if (found === undefined) throw new Error(`worker ${worker} has no hand-back order`);
  return found;
}

export function findTemplate(world: World, id: number): Template {
  const template = world.templates.find((one) => one.id === id);
  if (template === undefined) throw new Error(`template ${id} does not exist`);
  return template;
}

/** undefined: it has ended. */
export function findProcess(
  world: World,
  { role, id }: ProcessName,
): Template | Worker | Runner | KeeperProcess | undefined {
  switch (role) {
    case "template":
      return world.templates.find((one) => one.id === id);
    case "worker":
      return world.workers.find((one) => one.id === id);
    case "runner":
      return world.runners.find((one) => one.id === id);
    case "keeper":
      return world.keeper?.id === id ? world.keeper : undefined;
  }
}

export function generationOf(world: World, number: number): Generation | undefined {
  return [world.current, world.candidate?.loaded].find((one) => one?.number === number);
}
