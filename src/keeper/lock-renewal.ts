import type { Logger } from "pino";
import type { HeldLocks } from "../bull/keys/held-locks.ts";
import type { Lane } from "../bull/worker/lane.ts";
import type { ThrottledWarnings } from "../log/throttled-warnings.ts";

export interface LockRenewalParts {
  readonly locks: HeldLocks;
  readonly lane: (queue: string) => Lane;
  readonly log: Logger;
  readonly warnings: ThrottledWarnings;
}

/** Renews the locks of workers that do not renew them: one script for each queue. `guarded`: the queues of each lock owner. */
export async function renewLocks(
  guarded: ReadonlyMap<string, readonly string[]>,
  { locks, lane, log, warnings }: LockRenewalParts,
): Promise<void> {
  const lockOwners = new Map<string, string[]>();
  for (const [lockOwner, queues] of guarded) {
    for (const queue of queues) lockOwners.set(queue, [...(lockOwners.get(queue) ?? []), lockOwner]);
  }
  const looks = [...lockOwners].map(async ([queue, holders]) => {
    const { keys, lockDurationMs } = lane(queue);
    const renewed = await locks.renew(keys, holders, lockDurationMs);
    for (const job of renewed) log.info({ queue, job }, "renewed the lock of a busy worker");
  });
  for (const look of await Promise.allSettled(looks)) {
    if (look.status === "rejected") warnings.warn({ cause: String(look.reason) }, "could not renew locks");
  }
}
