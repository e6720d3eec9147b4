import { addHistogram, observe } from "../../protocol/histogram.ts";
import { workerReadRule } from "./apply-fleet.ts";
import { orderHandBack } from "./apply-keeper-event.ts";
import { type Event, type ExitStatus, isOutOfMemory } from "./event.ts";
import { withJobs, withoutJobs } from "./job-list.ts";
import { isRefusedAtStart, placeGeneration, refuseGeneration } from "./job-places.ts";
import { addLateOptions } from "./late-options.ts";
import type { Limits } from "./limits.ts";
import { addJobTimes, measureQueues } from "./measured-queues.ts";
import { noteUp } from "./note-up.ts";
import { forgetEnds, takeEndsBack } from "./pending-ends.ts";
import { noteDurations } from "./range-snapshot.ts";
import { countCrash, countEarlyEnd } from "./respawn-pauses.ts";
import { answerRetryDelay, takeRetryDelaysBack } from "./retry-delays.ts";
import { transitionWorker } from "./transitions.ts";
import type { StatusUpdate, Worker } from "./worker.ts";
import { countsOf, deathText, heldBy, obeysSuspension } from "./worker-facts.ts";
import { slotOf, slotOfWorker, type World } from "./world.ts";

export type WorkerEvent = Exclude<Extract<Event, { worker: number }>, { runner: number }>;

export function applyWorkerEvent(world: World, worker: Worker, event: WorkerEvent, limits: Limits, now: number): void {
  switch (event.kind) {
    case "workerLaunched":
      worker.pid = event.pid;
      worker.lockOwner = event.lockOwner;
      return;
    case "workerDialled":
      workerDialled(world, worker, limits, now);
      return;
    case "workerNotLaunched":
      worker.startFailure = event.why;
      workerEnded(world, worker, { unknown: true }, limits, now);
      return;
    case "workerStarted":
      if (worker.state !== "starting") return;
      worker.startedAt = now;
      observe(world.workerStarts, now - worker.askedAt);
      worker.goesOn = event.goesOn === true;
      world.hasStarted = true;
      transitionWorker(worker, worker.isSpare ? "spare" : "standby", Infinity);
      noteUp(world, now);
      return;
    case "workerSettled":
      worker.goesOn = false;
      return;
    case "workerStartFailed":
      worker.startFailure = event.why;
      if (event.refusal !== undefined && isRefusedAtStart(world, worker))
        refuseGeneration(world, worker, event.refusal);
      return;
    case "workerCrashed":
      worker.crash = event.cause;
      return;
    case "workerPlaced":
      placeGeneration(world, worker, event.place);
      return;
    case "workerRefused":
      refuseGeneration(world, worker, event.refusal);
      return;
    case "workerLateOptions":
      addLateOptions(world, worker, event.queueOptions);
      return;
    case "workerReadFleet":
      workerReadRule(world, worker, event.rule, limits, now);
      return;
    case "workerStatusUpdate":
      followSuspension(world, worker, event.statusUpdate);
      if (event.statusUpdate.connected && worker.statusUpdate?.connected === false) worker.connectedSince = now;
      worker.statusUpdate = event.statusUpdate;
      measureQueues(world, event.statusUpdate.queues, limits);
      return;
    case "workerWantsRunners":
      worker.runnersWanted = event.wanted;
      return;
    case "workerMeasured":
      addJobTimes(world, event.times.queues, limits, now);
      noteDurations(world, event.times.queues);
      if (event.times.loopDelay !== undefined)
        addHistogram(slotOfWorker(world, worker).loopDelay, event.times.loopDelay);
      return;
    case "workerJobStopped":
      return;
    case "workerTookStalled":
      world.account.lost = withoutJobs(world.account.lost, [event.job]);
      return;
    case "workerHeardEnd":
      forgetEnds(world, [event.number]);
      return;
    case "workerRetryDelay":
      answerRetryDelay(world, worker.id, event.answer);
      return;
    case "workerExitReport":
      worker.exitReport = event.exitReport;
      worker.deadline = now + limits.exitTimeMs;
      return;
    case "workerChannelClosed":
      worker.isCutOff = true;
      worker.deadline = Math.min(worker.deadline, now + limits.exitTimeMs);
      return;
    case "workerExited":
      workerEnded(world, worker, event.status, limits, now);
      return;
  }
}

function workerDialled(world: World, worker: Worker, limits: Limits, now: number): void {
  if (worker.state !== "asked") return;
  if (worker.template === undefined) {
    transitionWorker(worker, "starting", worker.deadline);
    return;
  }
  transitionWorker(worker, "starting", now + limits.bootTimeoutMs);
  if (worker.generation === world.current?.number) world.brokenTemplates = 0;
}

/**
 * USR2 or CONT sent to a worker's pid suspends or resumes its slot, and so the worker's successors. A worker that has handled all of
 * init's orders and reports something else has received such a signal since.
 */
function followSuspension(world: World, worker: Worker, { suspended, suspensionOrders }: StatusUpdate): void {
  if (suspensionOrders !== worker.suspensionOrders || !obeysSuspension(worker)) return;
  const slot = slotOf(world, worker.slot);
  // An order to init has changed the slot, and the worker's own order follows.
  if (slot.suspended !== worker.toldSuspended) return;
  slot.suspended = worker.toldSuspended = suspended;
}

function workerEnded(world: World, worker: Worker, status: ExitStatus, limits: Limits, now: number): void {
  world.workers.splice(world.workers.indexOf(worker), 1);
  settleAccount(world, worker);
  takeEndsBack(world, worker.id);
  takeRetryDelaysBack(world, worker.id);
  if (worker.exitReport === undefined) orderHandBack(world, worker, heldBy(worker), status, limits, now);
  else if (worker.exitReport.lost.length > 0 || worker.exitReport.mayHoldUndelivered)
    orderHandBack(world, worker, worker.exitReport.lost, status, limits, now);
  // Exit code 0 would mean that no job is held.
  if (mayTakeMore(worker, status)) world.exit ??= "jobsNotHandedBack";
  const slot = slotOfWorker(world, worker);
  if (worker.startedAt !== undefined) slot.restarts += 1;
  const asked = worker.state === "draining" || worker.state === "stopping" || worker.endings.length > 0;
  const orderly = worker.exitReport !== undefined && "exitCode" in status && status.exitCode === 0;
  if (!asked && worker.generation === world.candidate?.number) {
    world.candidate.failures += 1;
    world.candidate.lastFailure = deathText(worker, status);
  }
  if (asked || orderly) {
    if (worker.startedAt !== undefined) slot.failures = slot.startFailures = 0;
    if (!asked) countEarlyEnd(slot, worker, limits, now);
    return;
  }
  slot.lastDeath = world.lastDeath = deathText(worker, status);
  if (isOutOfMemory(status)) slot.oomKills += 1;
  countCrash(slot, worker, limits, now);
}

/** init has given it up while it leaves, because it could neither kill it nor tell it to stop. */
function mayTakeMore({ isCutOff, exitReport, statusUpdate }: Worker, status: ExitStatus): boolean {
  const isAlive = "unknown" in status && typeof status.notKilled === "string";
  return isAlive && isCutOff && exitReport === undefined && statusUpdate !== undefined;
}

function settleAccount(world: World, worker: Worker): void {
  const { finished, failed } = countsOf(worker);
  const slot = slotOfWorker(world, worker);
  slot.finished += finished;
  slot.failed += failed;
  world.account.finished += finished;
  world.account.failed += failed;
  const handedBack = worker.exitReport?.handedBack ?? [];
  world.account.handedBack = withJobs(world.account.handedBack, handedBack);
  world.handBacks.worker += handedBack.length;
}
