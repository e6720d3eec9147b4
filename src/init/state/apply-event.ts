import type { SeatRecord } from "../../board/seat-reader.ts";
import { blockedAfterMs } from "../decide/reconcile-health.ts";
import { applyIntent } from "./apply-intent.ts";
import { applyKeeperEvent, oweReturn } from "./apply-keeper-event.ts";
import { type Event, type ExitStatus, exitText, isOutOfMemory } from "./event.ts";
import { withJobs } from "./job-list.ts";
import { forgetDoneStops, orderJobStop, orderOwnStops } from "./job-stops.ts";
import { backOffMs, hasLived, type Limits } from "./limits.ts";
import { beginToLeave, moveTemplate, moveWorker } from "./moves.ts";
import { addEnd, forgetEnds, takeEndsBack } from "./pending-ends.ts";
import { countCrash, countEarlyEnd } from "./respawn-pauses.ts";
import { countsOf, deathText, heldBy, jobsOf } from "./worker-facts.ts";
import { type Generation, slotOf, type Template, type Worker, type World, wantedSpecs } from "./world.ts";

/** What an event changes in the world. Events of processes that are already gone change nothing. */
export function applyEvent(world: World, event: Event, limits: Limits, now: number): void {
  if ("status" in event && isOutOfMemory(event.status)) world.oomKills += 1;
  if (event.kind === "intent") {
    applyIntent(world, event.intent, limits, now);
    return;
  }
  if (event.kind === "boardRead") {
    for (const worker of world.workers) {
      const before = worker.seen;
      worker.seen = event.records.get(worker.id) ?? before;
      orderOwnStops(worker, before, limits);
      const wasStopped = worker.isStopped;
      worker.isStopped = event.stopped.has(worker.id);
      if (wasStopped && !worker.isStopped) worker.thawedAt = now;
      if (hasTurnedAgain(worker, before)) worker.turnsSince = now;
      if (!isIdleAsBefore(worker, before)) worker.idleSince = now;
      forgetDoneStops(worker);
    }
    return;
  }
  if (event.kind === "thawed") {
    forgiveFrozenTime(world, event.frozenMs, now);
    return;
  }
  if (event.kind === "jobStopAsked") {
    orderJobStop(world, event.job, limits, now);
    return;
  }
  if (event.kind === "jobEnded") {
    addEnd(world, event.report);
    return;
  }
  if (event.kind === "waiters") {
    world.waiters = event.count;
    if (world.exitAt !== undefined && event.count === 0)
      world.exitAt = Math.min(world.exitAt, now + limits.waiterNoticedMs);
    return;
  }
  if ("keeper" in event || "returned" in event) {
    applyKeeperEvent(world, event, limits, now);
    return;
  }
  if ("template" in event) {
    const template = world.templates.find((one) => one.id === event.template);
    if (template !== undefined) applyTemplateEvent(world, template, event, limits, now);
    return;
  }
  const worker = world.workers.find((one) => one.id === event.worker);
  if (worker !== undefined) applyWorkerEvent(world, worker, event, limits, now);
}

/** Its event loop was blocked, by a job, say, and turns again. */
function hasTurnedAgain({ seen }: Worker, before: SeatRecord | undefined): boolean {
  return seen !== undefined && before !== undefined && seen.beatAt - before.beatAt > blockedAfterMs;
}

/**
 * What init looks at was frozen with it (SIGSTOP to the group, a cgroup freezer, a machine that slept), and cannot have kept a
 * deadline meanwhile. Locks in Redis went on, and so did their deadlines.
 */
function forgiveFrozenTime(world: World, frozenMs: number, now: number): void {
  world.thawedAt = now;
  for (const one of [...world.templates, ...world.workers]) one.deadline += frozenMs;
  if (world.keeper !== undefined) world.keeper.deadline += frozenMs;
  world.drainDeadline += frozenMs;
}

function isIdleAsBefore(worker: Worker, before: SeatRecord | undefined): boolean {
  const { seen } = worker;
  if (seen === undefined || jobsOf(worker).length > 0) return false;
  return seen.mode === before?.mode && seen.notTakingReason === before.notTakingReason;
}

type TemplateEvent = Extract<Event, { template: number }>;
type WorkerEvent = Extract<Event, { worker: number }>;

function applyTemplateEvent(world: World, template: Template, event: TemplateEvent, limits: Limits, now: number): void {
  switch (event.kind) {
    case "templateBorn":
      template.pid = event.pid;
      return;
    case "templateTrying":
      if (template.state !== "loading") return;
      template.isTrying = true;
      template.deadline = now + limits.trialTimeMs;
      return;
    case "templateLoaded":
      if (template.state === "loading") templateLoaded(world, template, event.loaded, now);
      return;
    case "templateBroken":
      template.broken ??= event.why;
      return;
    case "templateFailed":
      template.failure ??= event.failure;
      return;
    case "templateExited":
      world.templates.splice(world.templates.indexOf(template), 1);
      templateEnded(world, template, event.status, limits, now);
      return;
  }
}

function templateLoaded(world: World, template: Template, loaded: Generation, now: number): void {
  moveTemplate(template, "ready", Infinity);
  template.readyAt = now;
  template.isTrying = false;
  if (world.candidate?.number === template.generation) {
    world.candidate.loaded = loaded;
    return;
  }
  // One in place of another: what it cannot be asked to fork is spawned.
  if (world.current?.number === template.generation && world.current.engine === "fork")
    world.current = { ...world.current, engine: loaded.engine, engineReason: loaded.engineReason };
}

function templateEnded(world: World, template: Template, status: ExitStatus, limits: Limits, now: number): void {
  const ordered = world.workers.filter((worker) => worker.pid === undefined && worker.template === template.id);
  for (const worker of ordered) worker.deadline = Math.min(worker.deadline, now + limits.orphanTimeMs);
  const leaving = world.phase === "draining" || world.phase === "stopping";
  if (leaving || template.state === "retiring") return;
  const lost = lostInTrial(template, status);
  if (world.candidate?.number === template.generation) {
    if (lost !== undefined && limits.engine === "auto") {
      world.candidate.spawnReason = lost;
      return;
    }
    world.candidate = undefined;
    if (world.current !== undefined) return;
    const refused = "unknown" in status && status.notStarted !== undefined;
    world.exit = template.failure?.exit ?? (refused ? "system" : "bootFailure");
    beginToLeave(world, "stopping", limits, now);
  } else if (template.generation === world.current?.number) {
    world.templateFailures = hasLived(template.readyAt, limits, now) ? 1 : world.templateFailures + 1;
    if (lost !== undefined || (template.state === "ready" && ordered.length > 0)) world.brokenTemplates += 1;
    const failures = Math.max(world.templateFailures, world.brokenTemplates);
    world.templateNotBefore = now + backOffMs(failures, limits);
  }
}

/** A trial runs Node's own code from where its symbols lead. Of a Node that is not what it seems to be, the template dies. */
export function lostInTrial(template: Template, status: ExitStatus): string | undefined {
  if (!template.isTrying || !("signal" in status)) return undefined;
  const how = template.state === "killed" ? "did not come back" : exitText(status);
  return `the template ${how} while it was tried whether it can be forked`;
}

function applyWorkerEvent(world: World, worker: Worker, event: WorkerEvent, limits: Limits, now: number): void {
  switch (event.kind) {
    case "workerBorn":
      worker.pid = event.pid;
      worker.owner = event.owner;
      return;
    case "workerAwake":
      workerAwake(world, worker, limits, now);
      return;
    case "workerNotBorn":
      worker.startFailure = event.why;
      workerEnded(world, worker, { unknown: true }, limits, now);
      return;
    case "workerStarted":
      if (worker.state !== "starting") return;
      worker.startedAt = now;
      world.hasStarted = true;
      moveWorker(worker, "standby", Infinity);
      world.isUp ||= everySlotHasStarted(world);
      if (world.isUp) world.upAt = Math.min(world.upAt, now);
      return;
    case "workerStartFailed":
      worker.startFailure = event.why;
      return;
    case "workerPulse":
      followSuspension(world, worker, event.pulse.mode);
      worker.pulse = event.pulse;
      return;
    case "workerJobStopped":
      return;
    case "workerHeardEnd":
      forgetEnds(world, [event.number]);
      return;
    case "workerFarewell":
      worker.farewell = event.farewell;
      worker.deadline = now + limits.farewellTimeMs;
      return;
    case "workerSilent":
      worker.deadline = Math.min(worker.deadline, now + limits.farewellTimeMs);
      return;
    case "workerExited":
      workerEnded(world, worker, event.status, limits, now);
      return;
  }
}

function everySlotHasStarted(world: World): boolean {
  const started = (slot: number) => world.workers.some((one) => one.slot === slot && one.startedAt !== undefined);
  return wantedSpecs(world).every((_, slot) => started(slot));
}

function workerAwake(world: World, worker: Worker, limits: Limits, now: number): void {
  if (worker.state !== "asked") return;
  if (worker.template === undefined) {
    moveWorker(worker, "starting", worker.deadline);
    return;
  }
  moveWorker(worker, "starting", now + limits.bootTimeoutMs);
  if (worker.generation === world.current?.number) world.brokenTemplates = 0;
}

/** USR2 or CONT that came to the worker's own pid: its slot stays so, also for the worker's successors. */
function followSuspension(world: World, worker: Worker, mode: NonNullable<Worker["pulse"]>["mode"]): void {
  const before = worker.pulse?.mode;
  if (worker.state !== "taking" || before === undefined || before === mode) return;
  const slot = slotOf(world, worker.slot);
  if (slot.suspended !== worker.toldSuspended) return;
  if (mode === "suspended" && !slot.suspended) slot.suspended = worker.toldSuspended = true;
  if (mode === "taking" && before === "suspended" && slot.suspended) slot.suspended = worker.toldSuspended = false;
}

function workerEnded(world: World, worker: Worker, status: ExitStatus, limits: Limits, now: number): void {
  world.workers.splice(world.workers.indexOf(worker), 1);
  settleAccount(world, worker);
  takeEndsBack(world, worker.id);
  if (worker.farewell === undefined) oweReturn(world, worker, heldBy(worker), status, limits, now);
  else if (worker.farewell.lost.length > 0 || worker.farewell.mayHoldMore)
    oweReturn(world, worker, worker.farewell.lost, status, limits, now);
  const slot = slotOf(world, worker.slot);
  if (worker.startedAt !== undefined) slot.restarts += 1;
  const asked = worker.state === "draining" || worker.state === "stopping" || worker.endings.length > 0;
  const orderly = worker.farewell !== undefined && "exitCode" in status && status.exitCode === 0;
  const isFirst = worker.generation === world.candidate?.number && worker.startedAt === undefined;
  if (!asked && isFirst && world.candidate !== undefined) world.candidate.failures += 1;
  if (asked || orderly) {
    if (worker.startedAt !== undefined) slot.failures = slot.startFailures = 0;
    if (!asked) countEarlyEnd(slot, worker, limits, now);
    return;
  }
  slot.lastDeath = deathText(worker, status);
  if (isOutOfMemory(status)) slot.oomKills += 1;
  countCrash(slot, worker, limits, now);
}

function settleAccount(world: World, worker: Worker): void {
  const { finished, failed } = countsOf(worker);
  const slot = slotOf(world, worker.slot);
  slot.finished += finished;
  slot.failed += failed;
  world.account.finished += finished;
  world.account.failed += failed;
  world.account.handedBack = withJobs(world.account.handedBack, worker.farewell?.handedBack ?? []);
}
