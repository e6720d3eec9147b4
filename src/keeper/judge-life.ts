/** The keeper of a life renews its lease this often, and nobody takes the life for over before the lease is so old. */
export const renewLeaseMs = 500;
export const leaseMs = 4_000;

export type LifeVerdict = "over" | "goesOn" | { readonly askAgainInMs: number };

/** Redis counts in milliseconds, and so do timers. */
const aLittleMs = 20;

/**
 * Whether a life whose jobs were met is over. `leaseAgeMs` undefined: it has no lease. Its keeper may not have been there
 * yet, so it gets as long as a lease lasts, from when it was met.
 */
export function judgeLife(leaseAgeMs: number | undefined, knownForMs: number): LifeVerdict {
  if (leaseAgeMs !== undefined && leaseAgeMs > leaseMs) return "over";
  const leftMs = leaseMs - knownForMs;
  if (leftMs <= 0) return leaseAgeMs === undefined ? "over" : "goesOn";
  return { askAgainInMs: Math.min(leftMs, leaseMs - (leaseAgeMs ?? 0)) + aLittleMs };
}
