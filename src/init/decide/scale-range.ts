import { isLull, neededWorkers, patientQuietTimeMs, type RangeSnapshot, type Shortage } from "../state/demand.ts";

export interface ScaleDecision {
  /** How many workers the range should have. */
  readonly workers: number;
  /** What keeps it from having as many as it needs. Its maximum does not count. */
  readonly heldBy: Shortage | undefined;
}

/** Workers that would be busy for more of the time than this would be too few for the least change. */
const busiestShare = 0.8;
/** A load that has fallen to less than this share of the usual one has changed. */
const leastChange = 0.8;
/** A worker that uses less does not count as using any. */
const leastCpus = 0.01;

/**
 * Decides how many workers a range should have. Up at once, as far as the cgroup has room; down only after fewer have been enough for
 * some time, and then to the most that were needed in that time. A step down that is undone soon makes the range more patient, so that
 * the steps under a steady load die out.
 */
export function scaleRange(snapshot: RangeSnapshot): ScaleDecision {
  const { minimum, maximum, workers } = snapshot;
  if (workers < minimum) return { workers: minimum, heldBy: undefined };
  if (workers > maximum) return { workers: maximum, heldBy: undefined };
  const needed = neededWorkers(snapshot);
  if (needed > workers) return up(snapshot, Math.min(needed, maximum));
  return { workers: Math.min(workers, Math.max(minimum, enoughWorkers(snapshot))), heldBy: undefined };
}

function enoughWorkers(snapshot: RangeSnapshot): number {
  if (isLull(snapshot)) return 0;
  const isQuiet = neededWorkers(snapshot) < snapshot.workers && snapshot.quietForMs >= patientQuietTimeMs(snapshot);
  return isQuiet ? enoughLately(snapshot) : snapshot.workers;
}

/** The most that were needed at once, and as many as would have been busy for no more than most of the time. */
function enoughLately({ quietPeak, quietBusyMs, quietForMs, usualLoad }: RangeSnapshot): number {
  const recentLoad = quietBusyMs / quietForMs;
  // A few jobs show a load only roughly: a slightly smaller one than usual is chance.
  const load = recentLoad >= usualLoad * leastChange ? Math.max(recentLoad, usualLoad) : recentLoad;
  return Math.max(quietPeak, Math.ceil(load / busiestShare));
}

function up(snapshot: RangeSnapshot, wanted: number): ScaleDecision {
  const { workers } = snapshot;
  const byMemory = Math.max(workers, memoryLimit(snapshot));
  const byCpu = Math.max(workers, cpuLimit(snapshot));
  const allowed = Math.min(wanted, byMemory, byCpu);
  if (allowed === wanted) return { workers: wanted, heldBy: undefined };
  if (byMemory <= byCpu) return { workers: allowed, heldBy: "memory" };
  // Until all workers have been measured, there may be CPU time left for more.
  const isShort = allowed === workers && snapshot.cpusABusyWorker !== undefined && snapshot.cpuUnmeasuredWorkers === 0;
  return { workers: allowed, heldBy: isShort ? "cpu" : undefined };
}

/** Workers that have just started have not yet the size that they will have. */
function memoryLimit({ workers, unmeasuredWorkers, workerBytes, room }: RangeSnapshot): number {
  if (room.freeMemoryBytes === undefined) return Infinity;
  return workers - unmeasuredWorkers + Math.floor(Math.max(0, room.freeMemoryBytes) / workerBytes);
}

/** One for each CPU, until it is known how much of a CPU one of them uses. Then as many as there are CPUs left for. */
function cpuLimit({ workers, cpuUnmeasuredWorkers, cpusABusyWorker, room }: RangeSnapshot): number {
  const { grantedCpus, usedCpus } = room;
  if (usedCpus === undefined || cpusABusyWorker === undefined) return Math.max(1, Math.ceil(grantedCpus));
  const left = Math.max(0, grantedCpus - usedCpus) / Math.max(leastCpus, cpusABusyWorker);
  return workers - cpuUnmeasuredWorkers + Math.round(left);
}
