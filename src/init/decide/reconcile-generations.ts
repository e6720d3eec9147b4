import type { Action } from "../state/action.ts";
import type { Limits } from "../state/limits.ts";
import type { Worker } from "../state/worker.ts";
import { runningSince } from "../state/worker-facts.ts";
import type { World } from "../state/world.ts";

/** Reloads by generation: loads a candidate, proves it with one worker, activates it. Keeps exactly the templates that are needed. */
export function reconcileGenerations(world: World, limits: Limits, now: number): Action[] {
  const fallBack = giveUpForking(world, limits);
  if (fallBack !== undefined) return [fallBack];
  return [...reload(world, limits, now), ...keepTemplate(world, now), ...retireOthers(world)];
}

function reload(world: World, limits: Limits, now: number): Action[] {
  const { candidate } = world;
  if (candidate === undefined) return world.reloadWanted ? [{ kind: "startReload" }] : [];
  if (candidate.loaded === undefined) {
    const isAlone = candidate.spawnReason !== undefined && !hasTemplate(world, candidate.number);
    return isAlone ? [{ kind: "restartTemplate", generation: candidate.number }] : [];
  }
  const activate = { kind: "activate", undoneWorkers: candidate.undoneWorkers } as const;
  if (world.current === undefined) return [activate];
  if (candidate.refusal !== undefined) return [{ kind: "abandonReload", why: candidate.refusal }];
  if (candidate.failures >= limits.candidateFailures) {
    const last = candidate.lastFailure === undefined ? "" : `; the last time it ${candidate.lastFailure}`;
    return [{ kind: "abandonReload", why: `its first worker failed to start ${candidate.failures} times${last}` }];
  }
  return world.workers.some((worker) => isProof(world, worker, candidate.number, limits, now)) ? [activate] : [];
}

/** Whether this worker shows that the candidate runs. While its application goes on, it may find that forker cannot run it. */
function isProof(world: World, worker: Worker, generation: number, limits: Limits, now: number): boolean {
  if (worker.generation !== generation || worker.state !== "standby") return false;
  return !worker.goesOn || now >= settledBy(world, worker, limits);
}

/** While it was frozen, it could not go on. */
function settledBy(world: World, worker: Worker, { settleTimeMs }: Limits): number {
  return Math.max(worker.startedAt ?? Infinity, runningSince(world, worker)) + settleTimeMs;
}

/** When a candidate is activated although its first worker still goes on. */
export function nextProof(world: World, limits: Limits): number {
  const { candidate, workers } = world;
  const awaited = workers.filter(
    ({ generation, state, goesOn }) => generation === candidate?.number && state === "standby" && goesOn,
  );
  return Math.min(...awaited.map((worker) => settledBy(world, worker, limits)));
}

/**
 * A template whose canary survived should be able to fork. After three in a row that could not, forker spawns its workers. Not if a
 * worker needs runners: nothing but a template can fork one, and its isolated jobs would wait without end.
 */
function giveUpForking({ current, brokenTemplates, workers }: World, limits: Limits): Action | undefined {
  if (limits.engine !== "auto" || current?.engine !== "fork") return undefined;
  if (brokenTemplates < limits.brokenTemplates) return undefined;
  if (workers.some((worker) => worker.generation === current.number && mayNeedRunners(worker))) return undefined;
  return { kind: "fallBack", why: `no worker started from ${brokenTemplates} templates in a row` };
}

/** Replaces a template that died by one of the same generation. Spawned workers need no template. */
function keepTemplate(world: World, now: number): Action[] {
  const { current } = world;
  if (current === undefined || current.engine === "spawn" || now < world.templateNotBefore) return [];
  return hasTemplate(world, current.number) ? [] : [{ kind: "restartTemplate", generation: current.number }];
}

function hasTemplate(world: World, generation: number): boolean {
  return world.templates.some(
    (template) => template.generation === generation && (template.state === "ready" || template.state === "loading"),
  );
}

/** It takes jobs that each need a runner of its own generation. */
function mayNeedRunners({ runnersWanted, state }: Worker): boolean {
  return runnersWanted !== undefined && (state === "standby" || state === "taking");
}

function retireOthers(world: World): Action[] {
  return world.templates
    .filter((template) => template.state === "ready" && !isNeeded(world, template.generation))
    .map((template) => ({ kind: "retireTemplate", template: template.id }));
}

function isNeeded(world: World, generation: number): boolean {
  if (world.workers.some((worker) => worker.generation === generation && mayNeedRunners(worker))) return true;
  const loaded = [world.current, world.candidate?.loaded].find((one) => one?.number === generation);
  return loaded !== undefined && loaded.engine === "fork";
}
