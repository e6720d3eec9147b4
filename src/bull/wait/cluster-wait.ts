import type { Cluster } from "ioredis";
import { renameClient } from "../connection/client-name.ts";
import type { ConnectionWatch } from "../connection/connection-watch.ts";
import type { ClusterTarget } from "../connection/redis-target.ts";
import type { Bull } from "../library/load-bull.ts";
import type { JobWait, Marker } from "./blocking-wait.ts";
import { groupByHashSlot, type HashSlotOf } from "./hash-slot.ts";
import { HashSlotWait } from "./hash-slot-wait.ts";
import { bestOf } from "./marker-order.ts";

export interface ClusterWaitParts {
  readonly bull: Bull;
  readonly target: ClusterTarget;
  readonly cluster: Cluster;
  readonly hashSlotOf: HashSlotOf;
  readonly watch: ConnectionWatch;
}

/** A hash slot that has not been waited for in this time has no queues left. */
const unusedMs = 60_000;

/**
 * Waits for markers on a Cluster, where a command may name keys of only one hash slot. It sends one blocking command for each
 * hash slot, each on a separate connection. The first that gets a marker ends the others, which may have popped markers at the
 * same time. The marker with the highest priority wins, and the others are put back. With a hash tag in the prefix there is
 * only one hash slot, and one wait.
 */
export class ClusterWait implements JobWait {
  readonly #parts: ClusterWaitParts;
  readonly #hashSlots = new Map<number, HashSlotWait>();
  readonly #usedAtMs = new Map<number, number>();
  #current: readonly HashSlotWait[] = [];
  #isInterrupted = false;
  #name: string | undefined;

  constructor(parts: ClusterWaitParts) {
    this.#parts = parts;
    const refreshed = () => {
      for (const hashSlot of this.#hashSlots.values()) hashSlot.refreshed();
    };
    parts.cluster.on("ready", refreshed);
    parts.cluster.on("refresh", refreshed);
  }

  async wait(ready: readonly string[], keys: readonly string[], timeoutMs: number): Promise<Marker | undefined> {
    const { hashSlotOf } = this.#parts;
    const groups = [...groupByHashSlot(keys, hashSlotOf, (key) => key)].map(([hashSlot, own]) => ({
      wait: this.#hashSlot(hashSlot),
      keys: own,
      ready: ready.filter((key) => hashSlotOf(key) === hashSlot),
    }));
    this.#closeUnused();
    const [only] = groups;
    this.#current = groups.map(({ wait }) => wait);
    if (only !== undefined && groups.length === 1) return await only.wait.wait(only.ready, only.keys, timeoutMs);
    let isOver = false;
    this.#isInterrupted = false;
    await Promise.all(groups.map(({ wait }) => wait.settled));
    if (this.#isInterrupted) return undefined;
    const waits = groups.map(async (group) => {
      try {
        return await group.wait.wait(group.ready, group.keys, timeoutMs);
      } finally {
        if (!isOver) for (const other of groups) if (other !== group) other.wait.interrupt();
        isOver = true;
      }
    });
    const ends = await Promise.allSettled(waits);
    const popped = ends.flatMap((end) => (end.status === "fulfilled" && end.value !== undefined ? [end.value] : []));
    const best = bestOf(popped, keys, Date.now());
    for (const other of popped) if (other !== best) this.#putBack(other);
    const refusal = ends.find((end) => end.status === "rejected");
    if (best === undefined && refusal !== undefined) throw refusal.reason;
    return best;
  }

  interrupt(): void {
    this.#isInterrupted = true;
    for (const hashSlot of this.#current) hashSlot.interrupt();
  }

  rename(name: string): void {
    this.#name = name;
    for (const { client } of this.#hashSlots.values()) renameClient(client, name);
  }

  close(): void {
    for (const hashSlot of this.#hashSlots.values()) hashSlot.close();
  }

  /** If this fails, the marker is lost until some worker's maintenance restores it. */
  #putBack({ key, score, member }: Marker): void {
    this.#parts.cluster.zadd(key, "NX", score, member).catch(() => {});
  }

  #hashSlot(hashSlot: number): HashSlotWait {
    this.#usedAtMs.set(hashSlot, performance.now());
    const known = this.#hashSlots.get(hashSlot);
    if (known !== undefined) return known;
    const { bull, target, cluster, watch } = this.#parts;
    const made = new HashSlotWait(bull, target, cluster, hashSlot, this.#name);
    this.#hashSlots.set(hashSlot, made);
    watch.add(made.client);
    made.refreshed();
    return made;
  }

  #closeUnused(): void {
    const now = performance.now();
    for (const [hashSlot, wait] of this.#hashSlots) {
      if (now - (this.#usedAtMs.get(hashSlot) ?? 0) < unusedMs) continue;
      this.#hashSlots.delete(hashSlot);
      this.#usedAtMs.delete(hashSlot);
      this.#parts.watch.delete(wait.client);
      wait.close();
    }
  }
}
