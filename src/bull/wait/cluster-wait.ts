import type { Cluster } from "ioredis";
import { renameClient } from "../connection/client-name.ts";
import type { ConnectionWatch } from "../connection/connection-watch.ts";
import type { ClusterTarget } from "../connection/redis-target.ts";
import type { Bull } from "../library/load-bull.ts";
import type { JobWait, Marker } from "./blocking-wait.ts";
import { groupBySlot, type SlotOf } from "./hash-slot.ts";
import { bestOf } from "./marker-order.ts";
import { SlotWait } from "./slot-wait.ts";

export interface ClusterWaitParts {
  readonly bull: Bull;
  readonly target: ClusterTarget;
  readonly cluster: Cluster;
  readonly slotOf: SlotOf;
  readonly watch: ConnectionWatch;
}

/** A slot that no queue was waited for in this time has lost its queues. */
const unusedMs = 60_000;

/**
 * Waits for markers on a Cluster, where a command may name keys of one slot only: one blocking command a slot, each on a
 * connection of its own. The first that has a marker ends the others, which may have got one at the same moment; the highest wins,
 * and the others' are put back. With a hash tag in the prefix there is one slot, and nothing of that.
 */
export class ClusterWait implements JobWait {
  readonly #parts: ClusterWaitParts;
  readonly #slots = new Map<number, SlotWait>();
  readonly #usedAtMs = new Map<number, number>();
  #current: readonly SlotWait[] = [];
  #isInterrupted = false;
  #name: string | undefined;

  constructor(parts: ClusterWaitParts) {
    this.#parts = parts;
    const refreshed = () => {
      for (const slot of this.#slots.values()) slot.refreshed();
    };
    parts.cluster.on("ready", refreshed);
    parts.cluster.on("refresh", refreshed);
  }

  async wait(ready: readonly string[], keys: readonly string[], timeoutMs: number): Promise<Marker | undefined> {
    const { slotOf } = this.#parts;
    const groups = [...groupBySlot(keys, slotOf, (key) => key)].map(([slot, own]) => ({
      wait: this.#slot(slot),
      keys: own,
      ready: ready.filter((key) => slotOf(key) === slot),
    }));
    this.#closeUnused();
    const [only] = groups;
    this.#current = groups.map(({ wait }) => wait);
    if (only !== undefined && groups.length === 1) return await only.wait.wait(only.ready, only.keys, timeoutMs);
    let isOver = false;
    this.#isInterrupted = false;
    await Promise.all(groups.map(({ wait }) => wait.settled));
    if (this.#isInterrupted) return undefined;
    const turns = groups.map(async (group) => {
      try {
        return await group.wait.wait(group.ready, group.keys, timeoutMs);
      } finally {
        if (!isOver) for (const other of groups) if (other !== group) other.wait.interrupt();
        isOver = true;
      }
    });
    const ends = await Promise.allSettled(turns);
    const popped = ends.flatMap((end) => (end.status === "fulfilled" && end.value !== undefined ? [end.value] : []));
    const best = bestOf(popped, keys, Date.now());
    for (const other of popped) if (other !== best) this.#putBack(other);
    const refusal = ends.find((end) => end.status === "rejected");
    if (best === undefined && refusal !== undefined) throw refusal.reason;
    return best;
  }

  interrupt(): void {
    this.#isInterrupted = true;
    for (const slot of this.#current) slot.interrupt();
  }

  rename(name: string): void {
    this.#name = name;
    for (const { client } of this.#slots.values()) renameClient(client, name);
  }

  close(): void {
    for (const slot of this.#slots.values()) slot.close();
  }

  /** Lost if that fails: then the upkeep of some worker restores it. */
  #putBack({ key, score, member }: Marker): void {
    this.#parts.cluster.zadd(key, "NX", score, member).catch(() => {});
  }

  #slot(slot: number): SlotWait {
    this.#usedAtMs.set(slot, performance.now());
    const known = this.#slots.get(slot);
    if (known !== undefined) return known;
    const { bull, target, cluster, watch } = this.#parts;
    const made = new SlotWait(bull, target, cluster, slot, this.#name);
    this.#slots.set(slot, made);
    watch.add(made.client);
    made.refreshed();
    return made;
  }

  #closeUnused(): void {
    const now = performance.now();
    for (const [slot, wait] of this.#slots) {
      if (now - (this.#usedAtMs.get(slot) ?? 0) < unusedMs) continue;
      this.#slots.delete(slot);
      this.#usedAtMs.delete(slot);
      this.#parts.watch.delete(wait.client);
      wait.close();
    }
  }
}
