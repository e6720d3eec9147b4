import type { Action } from "./action.ts";
import type { Limits } from "./limits.ts";
import type { World } from "./world.ts";

/** Reload by generations: load, prove with one worker, adopt; and keep exactly the templates that are needed. */
export function reconcileGenerations(world: World, limits: Limits, now: number): Action[] {
  return [...reload(world, limits), ...keepTemplate(world, now), ...retireOthers(world)];
}

function reload(world: World, limits: Limits): Action[] {
  const { candidate } = world;
  if (candidate === undefined) return world.reloadWanted ? [{ kind: "startReload" }] : [];
  if (candidate.loaded === undefined) return [];
  if (world.current === undefined) return [{ kind: "adopt" }];
  if (candidate.failures >= limits.candidateFailures) {
    return [{ kind: "abandonReload", why: `its first worker failed to start ${candidate.failures} times` }];
  }
  const first = world.workers.find((worker) => worker.generation === candidate.number && worker.state === "standby");
  return first === undefined ? [] : [{ kind: "adopt" }];
}

/** A template that died is replaced by one of the same generation. Spawned workers need none. */
function keepTemplate(world: World, now: number): Action[] {
  const { current } = world;
  if (current === undefined || current.engine === "spawn" || now < world.templateNotBefore) return [];
  const alive = world.templates.some(
    (template) =>
      template.generation === current.number && (template.state === "ready" || template.state === "loading"),
  );
  return alive ? [] : [{ kind: "restartTemplate", generation: current.number }];
}

function retireOthers(world: World): Action[] {
  return world.templates
    .filter((template) => template.state === "ready" && !isNeeded(world, template.generation))
    .map((template) => ({ kind: "retireTemplate", template: template.id }));
}

function isNeeded(world: World, generation: number): boolean {
  const loaded = [world.current, world.candidate?.loaded].find((one) => one?.number === generation);
  return loaded !== undefined && loaded.engine === "fork";
}
