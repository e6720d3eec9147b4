import { countOf, type Histogram, quantileMs } from "../../protocol/histogram.ts";
import type { QueueStatus, TimesStatus } from "../../protocol/status.ts";
import type { MeasuredQueue } from "../state/measured-queue.ts";
import { jobCountsOf, otherQueues, recentTimesOf } from "../state/measured-queues.ts";
import type { World } from "../state/world.ts";

/** The queues that are measured by themselves, in the order in which init learned of them, and all others together. */
export function queueStatusesOf(world: World, now: number): QueueStatus[] {
  const others: [string, MeasuredQueue][] = world.otherQueues === undefined ? [] : [[otherQueues, world.otherQueues]];
  return [...world.measured, ...others].map(([queue, measured]) => {
    const { wait, completed, failed, retried } = measured.times;
    return {
      queue,
      jobs: jobCountsOf(world, measured, now) ?? null,
      wait: timesStatus(wait),
      duration: { completed: timesStatus(completed), failed: timesStatus(failed), retried: timesStatus(retried) },
      recent: recentStatus(measured, now),
    };
  });
}

export function recentStatus(measured: MeasuredQueue, now: number): QueueStatus["recent"] {
  const { wait, duration } = recentTimesOf(measured, now);
  return {
    waitMs: { p50: rounded(wait, 0.5), p95: rounded(wait, 0.95) },
    durationMs: { p50: rounded(duration, 0.5), p95: rounded(duration, 0.95) },
  };
}

export function timesStatus(of: Histogram): TimesStatus {
  return { count: countOf(of), sumMs: Math.round(of.sumMs), buckets: [...of.counts] };
}

function rounded(of: Histogram, share: number): number | null {
  const ms = quantileMs(of, share);
  return ms === undefined ? null : Math.round(ms);
}
