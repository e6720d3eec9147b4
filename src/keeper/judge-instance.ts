/** The keeper of an instance renews its lease this often, and nobody takes the instance for over before the lease is so old. */
export const renewLeaseMs = 500;
export const leaseMs = 4_000;

/** What is known of an instance whose jobs were met. */
export interface LifeSigns {
  /** Its init lives: the kernel says so, of whoever shares our network namespace. */
  readonly isAnnounced: boolean;
  /** It was in our network namespace, by its lease. */
  readonly wasHere: boolean;
  /** undefined: it has no lease. */
  readonly leaseAgeMs: number | undefined;
  /** Since it was met. */
  readonly knownForMs: number;
}

export type LifeVerdict = "over" | "goesOn" | { readonly askAgainInMs: number };

/** Redis counts in milliseconds, and so do timers. */
const clockSlackMs = 20;

/**
 * Whether it is over. Of who was beside us the kernel knows; of who was elsewhere only its lease tells. Who has none gets as
 * long as one lasts: its keeper may not have been there yet.
 */
export function judgeInstance({ isAnnounced, wasHere, leaseAgeMs, knownForMs }: LifeSigns): LifeVerdict {
  if (isAnnounced) return "goesOn";
  if (wasHere || (leaseAgeMs !== undefined && leaseAgeMs > leaseMs)) return "over";
  const leftMs = leaseMs - knownForMs;
  if (leftMs <= 0) return leaseAgeMs === undefined ? "over" : "goesOn";
  return { askAgainInMs: Math.min(leftMs, leaseMs - (leaseAgeMs ?? 0)) + clockSlackMs };
}
