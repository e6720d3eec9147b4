import { scaleRange } from "../../src/init/decide/scale-range.ts";
import {
  type Demand,
  followDemand,
  isLull,
  mistakeTimeMs,
  newDemand,
  noteStepDown,
  noteStepUp,
  type RangeSnapshot,
} from "../../src/init/state/demand.ts";

export const mb = 2 ** 20;
export const idleRange: RangeSnapshot = {
  minimum: 1,
  maximum: 8,
  workers: 1,
  busyWorkers: 0,
  cpuUnmeasuredWorkers: 0,
  unmeasuredWorkers: 0,
  heldLoad: 0,
  sinceTakenMs: 0,
  queues: [{ dueJobs: 0, jobMs: 20, jobsAtATime: 1 }],
  clearTimeMs: 1_000,
  removeAfterMs: 30_000,
  quietForMs: 0,
  quietPeak: 0,
  quietBusyMs: 0,
  usualLoad: 0,
  idleForMs: 0,
  undoneSteps: 0,
  workerBytes: 32 * mb,
  cpusABusyWorker: 0.02,
  room: { freeMemoryBytes: undefined, grantedCpus: 2, usedCpus: 0.02 },
};

export const waiting = (dueJobs: number, jobMs: number | undefined = 20, jobsAtATime = 1) => ({
  queues: [{ dueJobs, jobMs, jobsAtATime }],
});

/** Jobs arrive evenly or at random, and take the same time, each a little more or less. */
export interface Load {
  readonly everyMs: number;
  readonly jobMs: number;
  readonly isEven: boolean;
  readonly seed: number;
}

export interface Step {
  readonly at: number;
  readonly from: number;
  readonly to: number;
  /** Before the step. */
  readonly undoneSteps: number;
  readonly isLull: boolean;
}

/** Runs a range under this load, and returns its steps. */
export function stepsUnder({ everyMs, jobMs, isEven, seed }: Load, forMs: number): readonly Step[] {
  const steps: Step[] = [];
  const demand = newDemand(0);
  const random = generator(seed);
  const untilNextMs = () => everyMs * (isEven ? 0.9 + 0.2 * random() : -Math.log(1 - random()));
  let workers = 1;
  let running: number[] = [];
  let dueJobs = 0;
  let nextAt = 0;
  let takenAt = 0;
  for (let now = 0; now < forMs; now += 25 + Math.floor(50 * random())) {
    running = running.filter((endsAt) => endsAt > now);
    for (; nextAt <= now; nextAt += untilNextMs()) dueJobs += 1;
    for (; dueJobs > 0 && running.length < workers; dueJobs--) {
      running.push(now + jobMs * (0.9 + 0.2 * random()));
      takenAt = now;
    }
    const facts: Partial<RangeSnapshot> = {
      workers,
      busyWorkers: running.length,
      heldLoad: running.length,
      sinceTakenMs: now - takenAt,
      ...waiting(dueJobs, jobMs),
    };
    followDemand(demand, snapshotOf(demand, facts, now), now);
    const snapshot = snapshotOf(demand, facts, now);
    const wanted = Math.max(scaleRange(snapshot).workers, running.length);
    if (wanted === workers) continue;
    steps.push({ at: now, from: workers, to: wanted, undoneSteps: demand.undoneSteps, isLull: isLull(snapshot) });
    if (wanted > workers) noteStepUp(demand, now);
    else noteStepDown(demand, mistakeTimeMs(snapshot), now);
    workers = wanted;
  }
  return steps;
}

function snapshotOf(demand: Demand, facts: Partial<RangeSnapshot>, now: number): RangeSnapshot {
  const { quietSince, quietPeak, quietBusyMs, usualLoad, idleSince, undoneSteps } = demand;
  return {
    ...idleRange,
    maximum: 64,
    quietForMs: now - quietSince,
    quietPeak,
    quietBusyMs,
    usualLoad,
    idleForMs: now - idleSince,
    undoneSteps,
    room: { freeMemoryBytes: undefined, grantedCpus: 64, usedCpus: 0 },
    ...facts,
  };
}

/** Mulberry32. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
