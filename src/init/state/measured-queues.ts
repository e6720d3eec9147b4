import { addHistogram, newHistogram } from "../../protocol/histogram.ts";
import { countEveryMs, type JobCounts, type JobCountsMessage } from "../../protocol/job-counts.ts";
import { type QueueTimes, timesOfJobs } from "../../protocol/job-times.ts";
import type { Limits } from "./limits.ts";
import type { MeasuredQueue, MinuteOfTimes } from "./measured-queue.ts";
import type { World } from "./world.ts";

/** The name of all queues beyond the limit, together. BullMQ allows no colon in a queue's name. */
export const otherQueues = ":other";
const recentMinutes = 5;
const minuteMs = 60_000;
/** Counts that are older than this number of intervals are not shown: Redis or the keeper is unavailable. */
const staleAfter = 3;

/** Measures these queues by themselves from now on, as far as the limit allows. A queue keeps its place until init exits. */
export function measureQueues(world: World, queues: readonly string[], limits: Limits): void {
  for (const queue of queues) {
    if (world.measured.size >= limits.metricsQueues) return;
    if (!world.measured.has(queue)) world.measured.set(queue, newQueue());
  }
}

export function addJobTimes(world: World, queues: readonly QueueTimes[], limits: Limits, now: number): void {
  for (const { queue, ...times } of queues) {
    measureQueues(world, [queue], limits);
    const measured = world.measured.get(queue) ?? (world.otherQueues ??= newQueue());
    const recent = minuteOf(measured, Math.floor(now / minuteMs));
    for (const what of timesOfJobs) {
      const more = times[what];
      if (more === undefined) continue;
      addHistogram(measured.times[what], more);
      addHistogram(what === "wait" ? recent.wait : recent.duration, more);
    }
  }
}

export function takeJobCounts(world: World, queues: JobCountsMessage["queues"], now: number): void {
  for (const { queue, ...jobs } of queues) {
    const measured = world.measured.get(queue);
    if (measured !== undefined) Object.assign(measured, { jobs, countedAt: now });
  }
}

/** undefined: the jobs have not been counted lately. */
export function jobCountsOf(world: World, { jobs, countedAt }: MeasuredQueue, now: number): JobCounts | undefined {
  return now - countedAt <= staleAfter * countEveryMs(world.measured.size) ? jobs : undefined;
}

/** The wait and the duration of jobs in the last five minutes. */
export function recentTimesOf({ minutes }: MeasuredQueue, now: number): Pick<MinuteOfTimes, "wait" | "duration"> {
  const recent = { wait: newHistogram(), duration: newHistogram() };
  const current = Math.floor(now / minuteMs);
  for (const { minute, wait, duration } of minutes.values()) {
    if (minute <= current - recentMinutes) continue;
    addHistogram(recent.wait, wait);
    addHistogram(recent.duration, duration);
  }
  return recent;
}

function newQueue(): MeasuredQueue {
  return { times: newTimes(), minutes: new Map(), jobs: undefined, countedAt: -Infinity };
}

function newTimes(): MeasuredQueue["times"] {
  return { wait: newHistogram(), completed: newHistogram(), failed: newHistogram(), retried: newHistogram() };
}

function minuteOf({ minutes }: MeasuredQueue, minute: number): MinuteOfTimes {
  const place = minute % recentMinutes;
  const known = minutes.get(place);
  if (known?.minute === minute) return known;
  const fresh = { minute, wait: newHistogram(), duration: newHistogram() };
  minutes.set(place, fresh);
  return fresh;
}
