import { rowCount } from "../../board/layout.ts";
import { generationOf } from "./find.ts";
import type { Generation } from "./generation.ts";
import type { Limits } from "./limits.ts";
import type { Template } from "./template.ts";
import type { Worker } from "./worker.ts";
import { slotOf, type World, wantedSpecs } from "./world.ts";

/** No process runs as this user. */
const nobody = -1;

export function addTemplate(world: World, generation: number, deadline: number): void {
  const id = world.nextId++;
  world.templates.push({
    id,
    generation,
    state: "loading",
    pid: undefined,
    readyAt: undefined,
    killedAt: undefined,
    killFailure: undefined,
    deadline,
    isCutOff: false,
    isTrying: false,
    spawnReason: world.candidate?.number === generation ? world.candidate.spawnReason : undefined,
    broken: undefined,
    failure: undefined,
  });
}

export function addKeeper(world: World, deadline: number): void {
  const { redis, user } = world.current ?? {};
  if (redis === undefined || user === undefined) throw new Error("the current generation has no Redis for a keeper");
  world.keeper = {
    id: world.nextId++,
    redis,
    queueOptions: world.current?.queueOptions ?? [],
    user,
    state: "starting",
    pid: undefined,
    readyAt: undefined,
    hasMoved: false,
    killedAt: undefined,
    killFailure: undefined,
    deadline,
    isToldToLeave: false,
  };
}

export function addWorker(world: World, generation: number, slot: number, now: number, limits: Limits): void {
  const { suspended } = slotOf(world, slot);
  const template = forkingTemplate(world, generation)?.id;
  world.workers.push({
    id: world.nextId++,
    slot,
    generation,
    spec: specOf(world, generation, slot),
    uid: generationOf(world, generation)?.user.uid ?? nobody,
    template,
    askedAt: now,
    row: freeRow(world),
    state: "asked",
    pid: undefined,
    lockOwner: undefined,
    startedAt: undefined,
    killedAt: undefined,
    killFailure: undefined,
    deadline: now + (template === undefined ? limits.bootTimeoutMs : limits.forkTimeMs),
    toldSuspended: suspended,
    beganSuspended: false,
    statusUpdate: undefined,
    seen: undefined,
    exitReport: undefined,
    isCutOff: false,
    startFailure: undefined,
    crash: undefined,
    goesOn: false,
    stalledAfterMs: Math.max(0, Math.min(world.upAt, now) + limits.lockDurationMs - now),
    timeLimits: generationOf(world, generation)?.timeLimits ?? [],
    queueOptions: generationOf(world, generation)?.queueOptions ?? [],
    stops: [],
    isStoppedBySignal: false,
    stoppedSince: Infinity,
    thawedAt: -Infinity,
    turnsSince: -Infinity,
    connectedSince: -Infinity,
    isRetiring: false,
    replacedFor: undefined,
    idleSince: now,
    runnersWanted: undefined,
    runnerFailures: 0,
    runnersNotBefore: -Infinity,
    endings: [],
  });
}

/** Adds runners of a worker, which the template of its generation forks. */
export function addRunners(world: World, worker: Worker, count: number, now: number, limits: Limits): void {
  const template = world.templates.find((one) => one.generation === worker.generation && one.state === "ready");
  if (template === undefined) throw new Error(`generation ${worker.generation} has no template for a runner`);
  for (let added = 0; added < count; added++)
    world.runners.push({
      id: world.nextId++,
      worker: worker.id,
      slot: worker.slot,
      generation: worker.generation,
      uid: worker.uid,
      template: template.id,
      askedAt: now,
      state: "asked",
      pid: undefined,
      killedAt: undefined,
      killFailure: undefined,
      deadline: now + limits.forkTimeMs,
      job: undefined,
      killedFor: undefined,
    });
}

/** init has read the row of an ended worker for the last time, so it is free. undefined: more workers exist than rows. */
function freeRow(world: World): number | undefined {
  const taken = new Set(world.workers.map((worker) => worker.row));
  for (let row = 0; row < rowCount; row++) if (!taken.has(row)) return row;
  return undefined;
}

/** undefined: this generation's workers are spawned. */
function forkingTemplate(world: World, number: number): Template | undefined {
  if (generationOf(world, number)?.engine !== "fork") return undefined;
  return world.templates.find((one) => one.generation === number && one.state === "ready");
}

function specOf(world: World, generation: number, slot: number): Worker["spec"] {
  const candidate: Generation | undefined = world.candidate?.loaded;
  const specs = candidate?.number === generation ? candidate.specs : wantedSpecs(world);
  const spec = specs[slot];
  if (spec === undefined) throw new Error(`generation ${generation} has no slot ${slot}`);
  return spec;
}
