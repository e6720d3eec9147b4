import { matchesQueues } from "../../config/queue-pattern.ts";
import { countOf } from "../../protocol/histogram.ts";
import type { QueueTimes } from "../../protocol/job-times.ts";
import { optionsOfQueue } from "../../protocol/queue-options.ts";
import { followDemand, newDemand, type QueueDemand, type RangeSnapshot } from "./demand.ts";
import type { Limits } from "./limits.ts";
import type { Room } from "./room.ts";
import { isSlotOfRange, rangesOf, type SlotRange, slotsOfRange } from "./wanted-slots.ts";
import type { Worker } from "./worker.ts";
import { jobsOf } from "./worker-facts.ts";
import type { World } from "./world.ts";

/** Counts that are older than this say nothing: Redis or the keeper is unavailable. The keeper counts at least every second. */
const staleAfterMs = 5_000;
/** With each job that ends, the jobs before it count this much less. */
const rememberedShare = 0.9;
/** What a worker is assumed to need until one of its range has been measured. */
const assumedWorkerBytes = 64 * 2 ** 20;

/** The queues that a range takes from, as far as they are known. */
export function queuesOfRange(world: World, range: SlotRange): readonly string[] {
  const reported = workersIn(world, range).flatMap(({ statusUpdate }) => statusUpdate?.queues ?? []);
  return [...new Set([...matchesQueues(range.spec.queues, []), ...reported])];
}

/** The queues whose due jobs the keeper must count. */
export function countedQueues(world: World): readonly string[] {
  return [...new Set(rangesOf(world).flatMap((range) => queuesOfRange(world, range)))];
}

/** Called when the board has been read or jobs have been counted: remembers since when each range has needed fewer workers than it has. */
export function noteDemand(world: World, limits: Limits, now: number): void {
  for (const range of rangesOf(world)) {
    const demand = world.demands.get(range.first) ?? newDemand(now);
    world.demands.set(range.first, demand);
    const bytes = workersIn(world, range).map(({ seen }) => seen?.privateBytes ?? 0);
    const largest = Math.max(0, ...bytes);
    if (largest > 0) demand.workerBytes = largest;
    followDemand(demand, rangeSnapshot(world, range, limits, now), now);
  }
}

/** Called when the cgroup has been read: the time between two readings tells what a worker uses that was busy at the first. */
export function noteRoom(world: World, room: Room, now: number): void {
  const { busyWorkers: busyBefore } = world;
  world.cpusABusyWorker = busyBefore === 0 || room.usedCpus === undefined ? undefined : room.usedCpus / busyBefore;
  world.busyWorkers = world.workers.filter((worker) => jobsOf(worker).length > 0).length;
  world.room = room;
  world.roomReadSince = world.roomReadAt;
  world.roomReadAt = now;
}

/** Called when workers have reported how long their jobs ran. */
export function noteDurations(world: World, queues: readonly QueueTimes[]): void {
  const counted = new Set(countedQueues(world));
  for (const { queue, completed, failed, retried } of queues) {
    if (!counted.has(queue)) continue;
    const all = [completed, failed, retried].filter((one) => one !== undefined);
    const jobs = all.reduce((sum, one) => sum + countOf(one), 0);
    if (jobs === 0) continue;
    const meanMs = all.reduce((sum, { sumMs }) => sum + sumMs, 0) / jobs;
    const before = world.jobMs.get(queue);
    const weight = 1 - rememberedShare ** jobs;
    world.jobMs.set(queue, before === undefined ? meanMs : before + (meanMs - before) * weight);
  }
}

/** What init knows of a range. undefined: not enough to change anything. */
export function rangeSnapshot(world: World, range: SlotRange, limits: Limits, now: number): RangeSnapshot | undefined {
  const { spec, minimum, maximum, first } = range;
  const { room, demands, current } = world;
  const demand = demands.get(first);
  const queueOptions = current?.queueOptions ?? [];
  const jobsAtATime = (queue: string) => spec.concurrency ?? optionsOfQueue(queueOptions, queue).concurrency ?? 1;
  const names = queuesOfRange(world, range);
  const counts = names.map((queue) => world.dueJobs.get(queue));
  if (room === undefined || demand === undefined) return undefined;
  if (counts.every((one) => one === undefined || now - one.countedAt > staleAfterMs)) return undefined;
  const queues = names.map((queue, at): QueueDemand => {
    const counted = counts[at];
    const isFresh = counted !== undefined && now - counted.countedAt <= staleAfterMs;
    return { dueJobs: isFresh ? counted.jobs : 0, jobMs: world.jobMs.get(queue), jobsAtATime: jobsAtATime(queue) };
  });
  const isWanted = (slot: number) => world.slots[slot]?.isVacant !== true;
  const workers = workersIn(world, range).filter(({ slot }) => isWanted(slot));
  const jobs = workers.flatMap(jobsOf);
  const wanted = slotsOfRange(range).filter(isWanted);
  // init starts these next: until then they use nothing, and what is free is theirs.
  const unstarted = wanted.filter((slot) => !workers.some((worker) => worker.slot === slot)).length;
  const countedAt = Math.max(...counts.map((one) => one?.countedAt ?? -Infinity));
  // A worker that has just started may be about to take its first job.
  const started = workers.filter((worker) => mayBeBusy(worker) && jobsOf(worker).length === 0);
  const takenAt = Math.max(...[...jobs, ...started].map(({ startedAt }) => startedAt ?? now), -Infinity);
  const isCpuMeasured = ({ startedAt }: Worker) => startedAt !== undefined && startedAt <= world.roomReadSince;
  return {
    minimum,
    maximum,
    workers: wanted.length,
    busyWorkers: workers.filter(mayBeBusy).length,
    cpuUnmeasuredWorkers: unstarted + workers.filter((worker) => !isCpuMeasured(worker)).length,
    unmeasuredWorkers: unstarted + workers.filter(({ seen }) => (seen?.privateBytes ?? 0) === 0).length,
    heldLoad: jobs.reduce((sum, { queue }) => sum + 1 / jobsAtATime(queue), 0),
    sinceTakenMs: countedAt - takenAt,
    queues,
    clearTimeMs: limits.clearTimeMs,
    removeAfterMs: limits.removeAfterMs,
    quietForMs: now - demand.quietSince,
    quietPeak: demand.quietPeak,
    quietBusyMs: demand.quietBusyMs,
    usualLoad: demand.usualLoad,
    idleForMs: now - demand.idleSince,
    undoneSteps: demand.undoneSteps,
    workerBytes: demand.workerBytes ?? assumedWorkerBytes,
    cpusABusyWorker: world.cpusABusyWorker,
    room,
  };
}

/** Without a row on the board, init does not know. */
export function mayBeBusy(worker: Worker): boolean {
  const { state, seen } = worker;
  return jobsOf(worker).length > 0 || (state === "taking" && seen === undefined);
}

function workersIn({ workers }: World, range: SlotRange): Worker[] {
  return workers.filter(({ slot, isSpare }) => !isSpare && isSlotOfRange(range, slot));
}
