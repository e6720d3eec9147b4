import { seatCount } from "../../board/layout.ts";
import type { Action } from "./action.ts";
import { applyEvent } from "./apply-event.ts";
import { joined, noJobs, withJobs } from "./job-list.ts";
import type { Limits } from "./limits.ts";
import { beginToLeave, moveKeeper, moveTemplate, moveWorker } from "./moves.ts";
import { forgetEnds, giveEnd } from "./pending-ends.ts";
import { exitEvent } from "./process-end.ts";
import { replaceWorker } from "./replace-worker.ts";
import {
  type Generation,
  type JobReturn,
  slotOf,
  type Template,
  type Worker,
  type World,
  wantedSpecs,
} from "./world.ts";

/** No process runs as this user. */
const nobody = -1;

/** What an action changes in the world. The effect outside follows it, and may create events. */
export function advance(world: World, action: Action, limits: Limits, now: number): void {
  switch (action.kind) {
    case "startReload":
      world.reloadWanted = false;
      world.candidate = { number: world.nextGeneration++, loaded: undefined, spawnReason: undefined, failures: 0 };
      addTemplate(world, world.candidate.number, now + limits.bootTimeoutMs + limits.bootGraceMs);
      return;
    case "restartTemplate":
      addTemplate(world, action.generation, now + limits.bootTimeoutMs + limits.bootGraceMs);
      return;
    case "retireTemplate": {
      // It forks what it was asked to before it ends.
      const owesWorkers = world.workers.some(
        ({ template, state }) => template === action.template && state === "asked",
      );
      const timeMs = limits.farewellTimeMs + (owesWorkers ? limits.forkTimeMs : 0);
      moveTemplate(findTemplate(world, action.template), "retiring", now + timeMs);
      return;
    }
    case "killTemplate": {
      const template = findTemplate(world, action.template);
      template.failure ??= { message: action.why, stack: undefined, exit: "bootFailure" };
      if (action.broken && template.generation === world.current?.number) world.brokenTemplates += 1;
      template.killedAt ??= now;
      moveTemplate(template, "killed", now + limits.killAgainMs);
      return;
    }
    case "fallBack":
      world.brokenTemplates = 0;
      if (world.current !== undefined) world.current = { ...world.current, engine: "spawn", engineReason: action.why };
      return;
    case "adopt":
      adopt(world);
      return;
    case "abandonReload":
      world.candidate = undefined;
      return;
    case "startWorkers":
      for (const slot of action.slots) addWorker(world, action.generation, slot, now, limits);
      return;
    case "take": {
      const worker = findWorker(world, action.worker);
      worker.idleSince = now;
      moveWorker(worker, "taking", Infinity);
      return;
    }
    case "suspend":
    case "resume":
      findWorker(world, action.worker).toldSuspended = action.kind === "suspend";
      return;
    case "drain": {
      const worker = findWorker(world, action.worker);
      worker.idleSince = now;
      moveWorker(worker, "draining", action.deadline);
      return;
    }
    case "stop":
      moveWorker(findWorker(world, action.worker), "stopping", now + limits.stopTimeoutMs + limits.handBackTimeMs);
      return;
    case "kill": {
      const worker = findWorker(world, action.worker);
      worker.killedAt ??= now;
      moveWorker(worker, "killed", now + limits.killAgainMs);
      return;
    }
    case "passOnEnd":
      giveEnd(world, action.number, action.worker);
      return;
    case "dropEnds":
      forgetEnds(world, action.numbers);
      return;
    case "endJobs": {
      const worker = findWorker(world, action.worker);
      worker.endings.push(...action.endings);
      worker.killedAt ??= now;
      moveWorker(worker, "killed", now + limits.killAgainMs);
      return;
    }
    case "giveUp":
      applyEvent(world, exitEvent(action.process, action.status), limits, now);
      return;
    case "replace":
      replaceWorker(world, findWorker(world, action.worker), action, limits, now);
      return;
    case "recycle":
      findWorker(world, action.worker).isRetiring = true;
      return;
    case "startKeeper":
      addKeeper(world, now + limits.keeperTimeMs);
      return;
    case "keeperLeaves":
      if (world.keeper !== undefined) world.keeper.isToldToLeave = true;
      return;
    case "giveUpKeptBack":
      world.account.lost = joined(world.account.lost, world.keptBack);
      world.keptBack = { ...noJobs, queues: [] };
      return;
    case "killKeeper":
      if (world.keeper === undefined) return;
      world.keeper.killedAt ??= now;
      world.keeper.hasMoved = action.hasMoved;
      moveKeeper(world.keeper, "killed", now + limits.killAgainMs);
      return;
    case "handBack":
      findReturn(world, action.returned).isOrdered = true;
      return;
    case "giveUpReturn": {
      const given = findReturn(world, action.returned);
      world.returns.splice(world.returns.indexOf(given), 1);
      world.account.lost = withJobs(world.account.lost, given.holding);
      return;
    }
    case "fail":
      world.exit = action.exit;
      beginToLeave(world, "stopping", limits, now);
      return;
    case "tellWaiters":
      world.exitAt = now + limits.waiterEndMs;
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
  world.brokenTemplates = 0;
  world.templateNotBefore = 0;
  world.phase = "running";
  for (let slot = 0; slot < wantedSpecs(world).length; slot++) {
    Object.assign(slotOf(world, slot), {
      failures: 0,
      startFailures: 0,
      earlyEnds: 0,
      notBefore: 0,
      replacements: 0,
      replaceNotBefore: 0,
    });
  }
}

function addTemplate(world: World, generation: number, deadline: number): void {
  const id = world.nextId++;
  world.templates.push({
    id,
    generation,
    state: "loading",
    pid: undefined,
    readyAt: undefined,
    killedAt: undefined,
    deadline,
    isTrying: false,
    spawnReason: world.candidate?.number === generation ? world.candidate.spawnReason : undefined,
    broken: undefined,
    failure: undefined,
  });
}

function addKeeper(world: World, deadline: number): void {
  const { redis, user } = world.current ?? {};
  if (redis === undefined || user === undefined) throw new Error("there is no Redis for a keeper");
  world.keeper = {
    id: world.nextId++,
    redis,
    user,
    state: "starting",
    pid: undefined,
    readyAt: undefined,
    hasMoved: false,
    killedAt: undefined,
    deadline,
    isToldToLeave: false,
  };
}

function addWorker(world: World, generation: number, slot: number, now: number, limits: Limits): void {
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
    seat: freeSeat(world),
    state: "asked",
    pid: undefined,
    owner: undefined,
    startedAt: undefined,
    killedAt: undefined,
    deadline: now + (template === undefined ? limits.bootTimeoutMs : limits.forkTimeMs),
    toldSuspended: suspended,
    pulse: undefined,
    seen: undefined,
    farewell: undefined,
    startFailure: undefined,
    stalledAfterMs: Math.max(0, Math.min(world.upAt, now) + limits.lockDurationMs - now),
    timeLimits: generationOf(world, generation)?.timeLimits ?? [],
    stops: [],
    isStopped: false,
    thawedAt: -Infinity,
    turnsSince: -Infinity,
    isRetiring: false,
    replacedFor: undefined,
    idleSince: now,
    endings: [],
  });
}

/** Of a worker that is no more the last look was when its end was seen. undefined: there are more workers than seats. */
function freeSeat(world: World): number | undefined {
  const taken = new Set(world.workers.map((worker) => worker.seat));
  for (let seat = 0; seat < seatCount; seat++) if (!taken.has(seat)) return seat;
  return undefined;
}

/** undefined: this generation's workers are spawned. */
function forkingTemplate(world: World, number: number): Template | undefined {
  if (generationOf(world, number)?.engine !== "fork") return undefined;
  return world.templates.find((one) => one.generation === number && one.state === "ready");
}

function generationOf(world: World, number: number): Generation | undefined {
  return [world.current, world.candidate?.loaded].find((one) => one?.number === number);
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

export function findReturn(world: World, worker: number): JobReturn {
  const found = world.returns.find((one) => one.worker === worker);
  if (found === undefined) throw new Error(`nothing is to be handed back for worker ${worker}`);
  return found;
}

export function findTemplate(world: World, id: number): Template {
  const template = world.templates.find((one) => one.id === id);
  if (template === undefined) throw new Error(`there is no template ${id}`);
  return template;
}
