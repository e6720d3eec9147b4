import { setTimeout } from "node:timers/promises";
import type { Lease, Leases } from "../bull/keys/leases.ts";
import type { OrphanLocks } from "../bull/keys/orphan-locks.ts";
import type { Lane } from "../bull/worker/lane.ts";
import type { Clock } from "../clock/monotonic.ts";
import type { ThrottledWarnings } from "../log/throttled-warnings.ts";
import { type InstanceId, instanceIdOf } from "../protocol/instance-id.ts";
import { judgeInstance, type LifeVerdict, leaseMs } from "./judge-instance.ts";
import { type Quarantine, quarantineOwner } from "./quarantine.ts";

export interface OrphanSearchParts {
  readonly instanceId: InstanceId;
  readonly leases: Leases;
  readonly orphanLocks: OrphanLocks;
  readonly quarantine: Quarantine;
  readonly warnings: ThrottledWarnings;
  readonly clock: Clock;
  /** See src/admin/instance-socket.ts. */
  readonly network: string | undefined;
  readonly isAnnounced: (instanceId: InstanceId, socket?: string) => boolean;
  /** Aborted when the keeper ends. */
  readonly signal: AbortSignal;
}

/**
 * When a forker is killed as a whole, no process is left to hand back its jobs. The next forker on the same host does so (a
 * container keeps its host name when it is restarted): it searches each queue once, as soon as a worker takes from it.
 */
export class OrphanSearch {
  readonly #parts: OrphanSearchParts;
  readonly #looks = new Map<string, Promise<void>>();
  /** When each other instance was first seen. */
  readonly #firstSeen = new Map<InstanceId, number>();

  constructor(parts: OrphanSearchParts) {
    this.#parts = parts;
  }

  /** Searches the queue, unless that was done before. Resolves when every instance found there has been judged. */
  async run(lane: Lane): Promise<void> {
    const look = this.#looks.get(lane.queue) ?? this.#run(lane);
    this.#looks.set(lane.queue, look);
    await look;
  }

  async #run(lane: Lane): Promise<void> {
    const { signal, warnings } = this.#parts;
    for (let waitMs: number | undefined = 0; waitMs !== undefined; ) {
      try {
        await setTimeout(waitMs, undefined, { signal });
        waitMs = await this.#look(lane);
      } catch (cause) {
        if (signal.aborted) return;
        const fields = { cause: (cause as Error).message, queue: lane.queue };
        warnings.warn(fields, "could not search for orphaned jobs; trying again");
        waitMs = leaseMs;
      }
    }
  }

  /** Resolves with the delay until the next look, if it is still unclear whether an instance has ended. */
  async #look(lane: Lane): Promise<number | undefined> {
    const { instanceId, orphanLocks, quarantine } = this.#parts;
    const lockOwners = await orphanLocks.lockOwners(lane.keys);
    const others = new Set(
      lockOwners.map(instanceIdOf).filter((one) => one !== undefined && one !== instanceId) as InstanceId[],
    );
    // Jobs that an earlier keeper of this instance put into quarantine are this keeper's to release.
    const over: string[] = [quarantineOwner(instanceId)];
    const leaving = new Set<InstanceId>();
    let waitMs: number | undefined;
    for (const one of others) {
      const lease = await this.#parts.leases.find(one);
      const verdict = this.#judge(one, lease);
      if (verdict === "over") over.push(one);
      else if (verdict !== "goesOn") waitMs = Math.min(waitMs ?? Infinity, verdict.askAgainInMs);
      if (lease?.status === "leaving") leaving.add(one);
    }
    await quarantine.recover(lane, await orphanLocks.claim(lane, over), leaving);
    return waitMs;
  }

  #judge(instanceId: InstanceId, lease: Lease | undefined): LifeVerdict {
    const { clock, network, isAnnounced } = this.#parts;
    const firstSeenAt = this.#firstSeen.get(instanceId) ?? clock.now();
    this.#firstSeen.set(instanceId, firstSeenAt);
    return judgeInstance({
      // The lease names the socket's inode. Once the instance has ended, any process can bind the same name.
      isAnnounced: isAnnounced(instanceId, lease?.socket),
      wasHere: network !== undefined && lease?.network === network,
      leaseAgeMs: lease?.ageMs,
      knownForMs: clock.now() - firstSeenAt,
    });
  }
}
