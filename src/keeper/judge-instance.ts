/**
 * How often a keeper renews its instance's lease. Other keepers consider the instance ended once the lease is older than
 * `leaseMs`.
 */
export const renewLeaseMs = 500;
export const leaseMs = 4_000;

/** What a keeper knows about another instance that holds jobs. */
export interface LifeSigns {
  /** The kernel reports that its init runs. Possible only in the keeper's own network namespace. */
  readonly isAnnounced: boolean;
  /** Its lease names the keeper's own network namespace. */
  readonly wasHere: boolean;
  /** undefined: it has no lease. */
  readonly leaseAgeMs: number | undefined;
  /** The time since the keeper first saw the instance. */
  readonly knownForMs: number;
}

export type LifeVerdict = "over" | "goesOn" | { readonly askAgainInMs: number };

/** Redis and timers both round to milliseconds. */
const clockSlackMs = 20;

/**
 * Decides whether an instance has ended. In the keeper's own network namespace the kernel knows; elsewhere only the lease shows
 * it. An instance without a lease gets the time that a lease lasts, since its keeper may not have started yet.
 */
export function judgeInstance({ isAnnounced, wasHere, leaseAgeMs, knownForMs }: LifeSigns): LifeVerdict {
  if (isAnnounced) return "goesOn";
  if (wasHere || (leaseAgeMs !== undefined && leaseAgeMs > leaseMs)) return "over";
  const leftMs = leaseMs - knownForMs;
  if (leftMs <= 0) return leaseAgeMs === undefined ? "over" : "goesOn";
  return { askAgainInMs: Math.min(leftMs, leaseMs - (leaseAgeMs ?? 0)) + clockSlackMs };
}
