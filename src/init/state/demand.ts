import type { Room } from "./room.ts";

/** What keeps a range from the workers that it needs. */
export type Shortage = "memory" | "cpu";

/** What init remembers of one range: how many workers it needed lately. */
export interface Demand {
  /** Since when fewer workers than there are would have been enough, and how many of them at most. */
  quietSince: number;
  quietPeak: number;
  /** How long its workers have held jobs since then, all together, and until when that has been added up. */
  quietBusyMs: number;
  notedAt: number;
  /** How many workers have held jobs on average: over all the time that has been noted, and later over about so many quiet times. */
  usualLoad: number;
  usualForMs: number;
  /** Since when there has been no job at all. */
  idleSince: number;
  /** How many steps down in a row were mistakes, which steps up have undone soon. */
  undoneSteps: number;
  /** The latest step down was a mistake if a step up comes before this instant. undefined: none could be. */
  mistakeUntil: number | undefined;
  /** The most private memory that one of its workers had at the latest reading. undefined: none has been measured. */
  workerBytes: number | undefined;
  /** As it was last logged. */
  heldBy: Shortage | undefined;
}

export function newDemand(now: number): Demand {
  const quiet = { quietSince: now, quietPeak: 0, quietBusyMs: 0, notedAt: now, idleSince: now };
  return {
    ...quiet,
    usualLoad: 0,
    usualForMs: 0,
    undoneSteps: 0,
    mistakeUntil: undefined,
    workerBytes: undefined,
    heldBy: undefined,
  };
}

/** Of one queue that a range takes from. */
export interface QueueDemand {
  /** Those that a worker could take now. */
  readonly dueJobs: number;
  /** How long a job runs. undefined: none has ended yet. */
  readonly jobMs: number | undefined;
  /** How many of its jobs one worker runs at a time. */
  readonly jobsAtATime: number;
}

/** All that the number of a range's workers depends on. */
export interface RangeSnapshot {
  readonly minimum: number;
  readonly maximum: number;
  /** Those that it has now, or will have when the latest have started. */
  readonly workers: number;
  /** Those that hold a job. */
  readonly busyWorkers: number;
  /** Those that have started since the latest measurement of the CPUs began, or not yet: how much they use is not known. */
  readonly cpuUnmeasuredWorkers: number;
  /** Those whose memory is not known yet: they may still grow to `workerBytes`. */
  readonly unmeasuredWorkers: number;
  /** The jobs that its workers hold, as shares of a worker. */
  readonly heldLoad: number;
  /** How long ago a worker had taken the latest of the jobs that they hold, or had started, when the waiting jobs were counted. */
  readonly sinceTakenMs: number;
  readonly queues: readonly QueueDemand[];
  /** Within this time, the waiting jobs should be cleared. */
  readonly clearTimeMs: number;
  /** A range loses workers when fewer have been enough for this long. */
  readonly removeAfterMs: number;
  readonly quietForMs: number;
  readonly quietPeak: number;
  readonly quietBusyMs: number;
  readonly usualLoad: number;
  readonly idleForMs: number;
  readonly undoneSteps: number;
  readonly workerBytes: number;
  /** The CPUs that one busy worker has used lately, as far as that is known. */
  readonly cpusABusyWorker: number | undefined;
  readonly room: Room;
}

/** A load is known when so many of its jobs could have ended. */
const jobsToSee = 3;
/** The quiet time doubles this many times at most. */
const mostUndoneSteps = 3;
/** For how many quiet times a step down may be undone. */
const quietTimesToLast = 16;
/** A load of longer ago counts less and less. */
const quietTimesToRemember = 8;

/** For how long fewer workers must have been enough: jobs that run longer than usual show the load only after longer. */
export function quietTimeMs({ removeAfterMs, queues }: Pick<RangeSnapshot, "removeAfterMs" | "queues">): number {
  return Math.max(removeAfterMs, jobsToSee * Math.max(0, ...queues.map(({ jobMs }) => jobMs ?? 0)));
}

/** The same after steps down that were mistakes: a longer time tells loads apart that look alike in a short one. */
export function patientQuietTimeMs(snapshot: RangeSnapshot): number {
  return quietTimeMs(snapshot) * 2 ** snapshot.undoneSteps;
}

/** A range that has had no job at all for its quiet time: its load, if it had one, has ended. */
export function isLull(snapshot: RangeSnapshot): boolean {
  return snapshot.idleForMs >= quietTimeMs(snapshot);
}

/** Called whenever something has changed, and at least every second: remembers how many workers have been enough, and for how long. */
export function followDemand(demand: Demand, snapshot: RangeSnapshot | undefined, now: number): void {
  const needed = snapshot === undefined ? Infinity : neededWorkers(snapshot);
  if (snapshot === undefined || needed >= snapshot.workers) resetQuiet(demand, now);
  else {
    demand.quietPeak = Math.max(demand.quietPeak, needed);
    demand.quietBusyMs += snapshot.busyWorkers * (now - demand.notedAt);
    forgetHalf(demand, 2 * quietTimesToRemember * quietTimeMs(snapshot), now);
  }
  if (snapshot !== undefined) noteLoad(demand, snapshot, now);
  demand.notedAt = now;
  if (needed > 0) demand.idleSince = now;
  const hasLasted = demand.mistakeUntil !== undefined && now >= demand.mistakeUntil;
  if (hasLasted || (snapshot !== undefined && isLull(snapshot))) {
    demand.undoneSteps = 0;
    demand.mistakeUntil = undefined;
  }
  // Beyond the maximum, the cgroup is not what keeps a range from more workers.
  if (snapshot === undefined || Math.min(needed, snapshot.maximum) <= snapshot.workers) demand.heldBy = undefined;
}

function noteLoad(demand: Demand, snapshot: RangeSnapshot, now: number): void {
  const forMs = now - demand.notedAt;
  demand.usualForMs = Math.min(demand.usualForMs + forMs, quietTimesToRemember * quietTimeMs(snapshot));
  if (demand.usualForMs > 0)
    demand.usualLoad += (snapshot.busyWorkers - demand.usualLoad) * Math.min(1, forMs / demand.usualForMs);
}

/** Otherwise, a load that fell would count only when it had outweighed one of hours. */
function forgetHalf(demand: Demand, longestMs: number, now: number): void {
  const quietForMs = now - demand.quietSince;
  if (quietForMs <= longestMs) return;
  demand.quietSince += quietForMs / 2;
  demand.quietBusyMs /= 2;
}

/** For how long a step down counts as a mistake if a step up undoes it. A load that begins after a lull is another one. */
export function mistakeTimeMs(snapshot: RangeSnapshot): number {
  return isLull(snapshot) ? 0 : quietTimesToLast * patientQuietTimeMs(snapshot);
}

/** Called after a step up: if it undoes a mistake, the load is steady, and the next quiet time is twice as long. */
export function noteStepUp(demand: Demand, now: number): void {
  resetQuiet(demand, now);
  if (demand.mistakeUntil !== undefined) demand.undoneSteps = Math.min(demand.undoneSteps + 1, mostUndoneSteps);
  demand.mistakeUntil = undefined;
}

/** Called after a step down: the next one needs a new quiet time. */
export function noteStepDown(demand: Demand, mistakeForMs: number, now: number): void {
  resetQuiet(demand, now);
  demand.mistakeUntil = mistakeForMs === 0 ? undefined : now + mistakeForMs;
}

function resetQuiet(demand: Demand, now: number): void {
  demand.quietSince = now;
  demand.quietPeak = 0;
  demand.quietBusyMs = 0;
}

/** The time to clear the waiting jobs: how long one worker would need for them. A job of unknown duration counts as a whole `clearTimeMs`. */
export function waitingWorkMs({ queues, clearTimeMs }: Pick<RangeSnapshot, "queues" | "clearTimeMs">): number {
  return queues.reduce(
    (sum, { dueJobs, jobMs, jobsAtATime }) => sum + (dueJobs * (jobMs ?? clearTimeMs)) / jobsAtATime,
    0,
  );
}

export function dueJobsOf({ queues }: Pick<RangeSnapshot, "queues">): number {
  return queues.reduce((sum, { dueJobs }) => sum + dueJobs, 0);
}

/**
 * How many workers the range needs now, without regard to its bounds. Those that hold a job; enough to clear the waiting jobs in time, but
 * no more than there are jobs for; and one more if all are busy and none has taken a job for that time, whatever jobs take on average.
 */
export function neededWorkers(snapshot: RangeSnapshot): number {
  const { workers, busyWorkers, heldLoad, queues, clearTimeMs, sinceTakenMs } = snapshot;
  const dueLoad = queues.reduce((sum, { dueJobs, jobsAtATime }) => sum + dueJobs / jobsAtATime, 0);
  const thereAreJobsFor = Math.ceil(heldLoad + dueLoad);
  const inTime = Math.ceil(waitingWorkMs(snapshot) / clearTimeMs);
  const needed = Math.max(busyWorkers, Math.min(inTime, thereAreJobsFor));
  const isStandstill =
    dueLoad > 0 && busyWorkers >= workers && thereAreJobsFor > workers && sinceTakenMs >= clearTimeMs;
  return isStandstill ? Math.max(needed, workers + 1) : needed;
}
