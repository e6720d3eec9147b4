import * as v from "valibot";
import { count } from "./fields.ts";

/** The upper bounds of the buckets of every histogram, in milliseconds: from a short job to one of two hours. */
export const bucketsMs = [
  5, 25, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000, 300_000, 1_800_000, 7_200_000,
] as const;

/** Durations by their buckets. The last count is of those beyond the last bound. */
export interface Histogram {
  readonly counts: number[];
  sumMs: number;
}

export const histogram = v.object({
  counts: v.pipe(v.array(count), v.length(bucketsMs.length + 1)),
  sumMs: v.pipe(v.number(), v.finite(), v.minValue(0)),
});

export function newHistogram(): Histogram {
  return { counts: Array.from({ length: bucketsMs.length + 1 }, () => 0), sumMs: 0 };
}

/** Runs twice per job, so it does not allocate. */
export function observe(to: Histogram, durationMs: number): void {
  let bucket = 0;
  while (bucket < bucketsMs.length && durationMs > (bucketsMs[bucket] as number)) bucket++;
  to.counts[bucket] = (to.counts[bucket] as number) + 1;
  to.sumMs += durationMs;
}

/** Adds the counts and the sum of the other histogram. */
export function addHistogram(to: Histogram, other: Readonly<Histogram>): void {
  other.counts.forEach((more, bucket) => {
    to.counts[bucket] = (to.counts[bucket] ?? 0) + more;
  });
  to.sumMs += other.sumMs;
}

export function countOf({ counts }: Readonly<Histogram>): number {
  return counts.reduce((sum, one) => sum + one, 0);
}

/**
 * The duration that this share of the observations did not exceed, estimated as Prometheus' histogram_quantile does: evenly within a
 * bucket, and the last bound for what is beyond it. undefined: nothing was observed.
 */
export function quantileMs(of: Readonly<Histogram>, share: number): number | undefined {
  const rank = share * countOf(of);
  if (rank === 0) return undefined;
  let below = 0;
  for (const [bucket, boundMs] of bucketsMs.entries()) {
    const inside = of.counts[bucket] ?? 0;
    const fromMs = bucketsMs[bucket - 1] ?? 0;
    if (inside > 0 && below + inside >= rank) return fromMs + ((boundMs - fromMs) * (rank - below)) / inside;
    below += inside;
  }
  return bucketsMs.at(-1);
}
