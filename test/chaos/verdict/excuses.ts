import type { Act } from "../monkey/acts.ts";

export interface Interval {
  readonly fromMs: number;
  readonly toMs: number;
}

/** While these acts last, no process can hand anything back: the monkey holds Redis, or the processes that hand back. */
const hindering = /^(?:kill|freeze) Redis$|^refuse connections$|^hold traffic$|^freeze (?:init|keeper)$|^suspend all$/;

/** The times at which redelivery was impossible, as disjoint intervals. */
export function hindrances(acts: readonly Act[]): Interval[] {
  const sorted = acts
    .filter(({ kind, missed }) => missed === undefined && hindering.test(kind))
    .toSorted((a, b) => a.fromMs - b.fromMs);
  const merged: { fromMs: number; toMs: number }[] = [];
  for (const { fromMs, toMs } of sorted) {
    const last = merged.at(-1);
    if (last !== undefined && fromMs <= last.toMs) last.toMs = Math.max(last.toMs, toMs);
    else merged.push({ fromMs, toMs });
  }
  return merged;
}

/** How much of an interval redelivery was impossible for. */
export function hinderedMs(intervals: readonly Interval[], fromMs: number, durationMs: number): number {
  const until = fromMs + durationMs;
  return intervals.reduce((sum, one) => sum + Math.max(0, Math.min(until, one.toMs) - Math.max(fromMs, one.fromMs)), 0);
}
