import { isDeepStrictEqual } from "node:util";
import { rowCount } from "../../board/layout.ts";
import { withoutRange } from "../../config/workload.ts";
import { generationOf } from "./find.ts";
import type { Generation } from "./generation.ts";
import type { Limits } from "./limits.ts";
import type { Template } from "./template.ts";
import { rangesOf, slotSpecs, wantedSlots } from "./wanted-slots.ts";
import type { Worker } from "./worker.ts";
import { slotOf, type World } from "./world.ts";

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
    isReplacement: world.current?.number === generation,
    spawnReason: world.candidate?.number === generation ? world.candidate.spawnReason : undefined,
    broken: undefined,
    failure: undefined,
  });
}

export function addKeeper(world: World, now: number, timeMs: number): void {
  const { redis, user } = world.current ?? {};
  if (redis === undefined || user === undefined) throw new Error("the current generation has no Redis for a keeper");
  world.keeper = {
    id: world.nextId++,
    redis,
    queueOptions: world.current?.queueOptions ?? [],
    user,
    askedAt: now,
    state: "starting",
    pid: undefined,
    readyAt: undefined,
    hasMoved: false,
    killedAt: undefined,
    killFailure: undefined,
    deadline: now + timeMs,
    isToldToLeave: false,
    withdrawDeadline: undefined,
    hasWithdrawn: false,
  };
}

export function addWorker(world: World, generation: number, slot: number, now: number, limits: Limits): void {
  const spec = specOf(world, generation, slot);
  addWorkerOf(
    world,
    generation,
    { slot, spec, isSpare: false, toldSuspended: slotOf(world, slot).suspended },
    now,
    limits,
  );
}

/** A spare serves the spec that most slots have, and the first of these. Whether it is suspended is up to the slot that it gets. */
export function addSpare(world: World, now: number, limits: Limits): void {
  const specs = slotSpecs(world);
  const wanted = wantedSlots(world).map((slot) => specs[slot]);
  const count = (spec: Worker["spec"]) => wanted.filter((one) => isDeepStrictEqual(one, spec)).length;
  const [spec] = specs.toSorted((one, other) => count(other) - count(one));
  if (world.current === undefined || spec === undefined) throw new Error("no generation has loaded");
  const own = { slot: specs.length, spec, isSpare: true, toldSuspended: false };
  addWorkerOf(world, world.current.number, own, now, limits);
}

type OfWorker = Pick<Worker, "slot" | "spec" | "isSpare" | "toldSuspended">;

function addWorkerOf(world: World, generation: number, own: OfWorker, now: number, limits: Limits): void {
  const template = forkingTemplate(world, generation)?.id;
  world.workers.push({
    id: world.nextId++,
    ...own,
    generation,
    uid: generationOf(world, generation)?.user.uid ?? nobody,
    template,
    askedAt: now,
    row: freeRow(world),
    countsMemory: rangesOf(world).length > 0,
    state: "asked",
    pid: undefined,
    lockOwner: undefined,
    startedAt: undefined,
    killedAt: undefined,
    killFailure: undefined,
    deadline: now + (template === undefined ? limits.bootTimeoutMs : limits.forkTimeMs),
    isToldToStop: false,
    suspensionOrders: 1,
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
    jobFreeSince: now,
    modeSince: now,
    drainsByItself: false,
    idleSince: now,
    runnersWanted: undefined,
    hasHadRunner: false,
    runnerFailures: 0,
    runnersNotBefore: -Infinity,
    runnerFault: undefined,
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
      wasPrimed: false,
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
  const specs = candidate?.number === generation ? candidate.specs : slotSpecs(world);
  const spec = specs[slot];
  if (spec === undefined) throw new Error(`generation ${generation} has no slot ${slot}`);
  return withoutRange(spec);
}
