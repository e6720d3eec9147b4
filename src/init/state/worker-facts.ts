import type { BoardJob } from "../../board/row-reader.ts";
import type { HeldJobName } from "../../protocol/dead-worker.ts";
import { idleBeatMs } from "../../protocol/idle-beat.ts";
import { isOver, mayHaveRun } from "../../protocol/job-stage.ts";
import { optionsOfQueue } from "../../protocol/queue-options.ts";
import { type ExitStatus, exitText } from "./event.ts";
import type { Limits } from "./limits.ts";
import type { Worker } from "./worker.ts";
import type { World } from "./world.ts";

/** A worker with a job updates its row twice a second, and init reads the board at least once a second. */
const blockedWithJobAfterMs = 2_000;
/** A beat may be this late. */
const lateBeatMs = 1_000;

/** How long the event loop of a healthy worker seems not to turn at most. */
export function blockedAfterMs(isHolding: boolean, { stuckTimeoutMs }: Pick<Limits, "stuckTimeoutMs">): number {
  return isHolding ? blockedWithJobAfterMs : idleBeatMs(stuckTimeoutMs) + lateBeatMs;
}

/** If a worker's event loop has not turned for this long, init checks whether a signal has stopped the process. */
export const standsStillMs = 5_000;

/** The jobs that a worker holds, as far as init knows: from its row, and by message those that its row has no room for. */
export function jobsOf({ seen, statusUpdate }: Pick<Worker, "seen" | "statusUpdate">): BoardJob[] {
  return [...(seen?.holding ?? []), ...(statusUpdate?.holding ?? [])];
}

/** Whether the worker runs as many jobs of this queue as it may at a time, while it has places for other queues. */
export function isFullFor(worker: Worker, queue: string): boolean {
  const { queueOptions, spec } = worker;
  // With one limit for all queues, the worker itself reports that it is full.
  if (spec.concurrency !== undefined || queueOptions.every(({ concurrency }) => concurrency === undefined))
    return false;
  const own = optionsOfQueue(queueOptions, queue).concurrency;
  const isRival = (name: string) =>
    own === undefined ? optionsOfQueue(queueOptions, name).concurrency === undefined : name === queue;
  return jobsOf(worker).filter((job) => isRival(job.queue)).length >= (own ?? 1);
}

/** The names of the jobs that a worker holds. */
export function heldBy(worker: Worker): HeldJobName[] {
  return jobsOf(worker).map(({ queue, id, starts, stage }) => ({
    queue,
    id,
    ...(starts !== undefined && { starts }),
    ...(!mayHaveRun(stage) && { hasStarted: false }),
  }));
}

/** The held jobs that run or will. The others only have to be written to Redis and cannot be stopped. */
export function stoppableJobsOf(worker: Worker): BoardJob[] {
  return jobsOf(worker).filter(({ stage }) => !isOver(stage));
}

/** The exit report has the final counts. If the worker was killed before it sent one, its row has the latest. */
export function countsOf({ exitReport, seen, statusUpdate }: Worker): {
  readonly finished: number;
  readonly failed: number;
} {
  const { finished, failed } = exitReport ?? seen ?? statusUpdate ?? { finished: 0, failed: 0 };
  return { finished, failed };
}

export function isInSlot({ slot, isSpare }: Worker, index: number): boolean {
  return slot === index && !isSpare;
}

/** When an order must have been obeyed. A worker that is exiting, or that init does not reach, obeys none: its deadline stays. */
export function deadlineOf({ deadline, exitReport, isCutOff }: Worker, orderDeadline: number): number {
  return isCutOff || exitReport !== undefined ? Math.min(deadline, orderDeadline) : orderDeadline;
}

/** It takes jobs, or may do so later. A spare learns of the suspension of its slot when it takes over. */
export function obeysSuspension({ state, isSpare }: Pick<Worker, "state" | "isSpare">): boolean {
  if (isSpare) return false;
  return state === "starting" || state === "standby" || state === "taking";
}

/** Since when both init and the worker have run without being frozen. The worker could not act before. */
export function runningSince(world: World, worker: Worker): number {
  return Math.max(world.thawedAt, worker.thawedAt);
}

/** Whether nothing shows that the worker's event loop does not turn. What its row shows is up to date then. */
export function seemsToTurn(worker: Worker, limits: Limits, now: number): boolean {
  const { seen, isStoppedBySignal } = worker;
  if (seen === undefined) return true;
  return !isStoppedBySignal && now - seen.beatAt <= blockedAfterMs(jobsOf(worker).length > 0, limits);
}

/** Its template has ended and has not reported a pid: only a hello that is already on its way can show that the worker exists. */
export function isNotForked(world: World, { pid, template }: Worker): boolean {
  return pid === undefined && template !== undefined && !world.templates.some(({ id }) => id === template);
}

/** `ended with exit code 70: afterFork failed: …` */
export function deathText({ startFailure, crash }: Pick<Worker, "startFailure" | "crash">, status: ExitStatus): string {
  const [why] = (startFailure ?? crash)?.split("\n", 1) ?? [];
  if (why === undefined) return exitText(status);
  return "unknown" in status ? why : `${exitText(status)}: ${why}`;
}
