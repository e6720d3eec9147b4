import type { Action } from "./action.ts";
import type { Limits } from "./limits.ts";
import {
  type Generation,
  moveTemplate,
  moveWorker,
  slotOf,
  type Template,
  type Worker,
  type World,
  wantedSpecs,
} from "./world.ts";

/** What an action changes in the world. The effect outside follows it, and may create events. */
export function advance(world: World, action: Action, limits: Limits, now: number): void {
  switch (action.kind) {
    case "startReload":
      world.reloadWanted = false;
      world.candidate = { number: world.nextGeneration++, loaded: undefined, failures: 0 };
      addTemplate(world, world.candidate.number, now + limits.bootTimeoutMs + limits.bootGraceMs);
      return;
    case "restartTemplate":
      addTemplate(world, action.generation, now + limits.bootTimeoutMs + limits.bootGraceMs);
      return;
    case "retireTemplate":
      moveTemplate(findTemplate(world, action.template), "retiring", now + limits.farewellTimeMs);
      return;
    case "killTemplate": {
      const template = findTemplate(world, action.template);
      template.failure ??= { message: action.why, stack: undefined, exit: "bootFailure" };
      moveTemplate(template, "killed", now + limits.killAgainMs);
      return;
    }
    case "adopt":
      adopt(world);
      return;
    case "abandonReload":
      world.candidate = undefined;
      return;
    case "startWorkers":
      for (const slot of action.slots) addWorker(world, action.generation, slot, now, now + limits.bootTimeoutMs);
      return;
    case "take":
      moveWorker(findWorker(world, action.worker), "taking", Infinity);
      return;
    case "suspend":
    case "resume":
      findWorker(world, action.worker).toldSuspended = action.kind === "suspend";
      return;
    case "drain":
      moveWorker(findWorker(world, action.worker), "draining", action.deadline);
      return;
    case "stop":
      moveWorker(findWorker(world, action.worker), "stopping", now + limits.stopTimeoutMs + limits.handBackTimeMs);
      return;
    case "kill":
      moveWorker(findWorker(world, action.worker), "killed", now + limits.killAgainMs);
      return;
    case "giveUp": {
      const worker = findWorker(world, action.worker);
      world.workers.splice(world.workers.indexOf(worker), 1);
      slotOf(world, worker.slot).failures += 1;
      return;
    }
    case "fail":
      world.exit = action.exit;
      world.phase = "stopping";
      return;
    case "exit":
      return;
  }
}

/** The candidate is proven: it is what every slot should have from now on. */
function adopt(world: World): void {
  const loaded = world.candidate?.loaded;
  if (loaded === undefined) throw new Error("there is no loaded generation to adopt");
  world.current = loaded;
  world.candidate = undefined;
  world.extraWorkers = 0;
  world.templateFailures = 0;
  world.templateNotBefore = 0;
  world.phase = "running";
  for (let slot = 0; slot < wantedSpecs(world).length; slot++) {
    slotOf(world, slot).failures = 0;
    slotOf(world, slot).notBefore = 0;
  }
}

function addTemplate(world: World, generation: number, deadline: number): void {
  const id = world.nextId++;
  world.templates.push({ id, generation, state: "loading", pid: undefined, deadline, failure: undefined });
}

function addWorker(world: World, generation: number, slot: number, now: number, deadline: number): void {
  const { suspended } = slotOf(world, slot);
  world.workers.push({
    id: world.nextId++,
    slot,
    generation,
    spec: specOf(world, generation, slot),
    askedAt: now,
    state: "asked",
    pid: undefined,
    startedAt: undefined,
    deadline,
    toldSuspended: suspended,
    pulse: undefined,
    farewell: undefined,
    startFailure: undefined,
  });
}

function specOf(world: World, generation: number, slot: number): Worker["spec"] {
  const candidate: Generation | undefined = world.candidate?.loaded;
  const specs = candidate?.number === generation ? candidate.specs : wantedSpecs(world);
  const spec = specs[slot];
  if (spec === undefined) throw new Error(`generation ${generation} has no slot ${slot}`);
  return spec;
}

export function findWorker(world: World, id: number): Worker {
  const worker = world.workers.find((one) => one.id === id);
  if (worker === undefined) throw new Error(`there is no worker ${id}`);
  return worker;
}

export function findTemplate(world: World, id: number): Template {
  const template = world.templates.find((one) => one.id === id);
  if (template === undefined) throw new Error(`there is no template ${id}`);
  return template;
}
