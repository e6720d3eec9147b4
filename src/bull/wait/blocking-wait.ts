import type { Redis } from "ioredis";
import { markerMember } from "../library/key-layout.ts";

export interface Marker {
  readonly key: string;
  /** "0": there may be a job. "1": a delayed job is due at `score`. */
  readonly member: string;
  /** Milliseconds of the epoch; 0 for now. */
  readonly score: number;
}

/** What a worker waits for its next job with. */
export interface JobWait {
  /**
   * Marks the `ready` keys, then pops the first marker of `keys`, in their order. undefined: none in time, interrupted, or
   * the connection came or went. Rejects when Redis refuses.
   */
  wait(ready: readonly string[], keys: readonly string[], timeoutMs: number): Promise<Marker | undefined>;
  /** Ends the wait that is on now. A marker that was popped at that very moment is still its result. */
  interrupt(): void;
}

/** Redis before 7.0.8 takes less for zero, which means for ever. */
const minimumTimeoutMs = 2;
const watchdogMs = 1_000;
const unblockAgainMs = 20;
const unblockAttempts = 10;

/**
 * Waits for markers on a connection of its own. ioredis may keep a blocking command for ever when the connection breaks under
 * it (taskforcesh/bullmq#4479), so a wait ends with the connection, and a watchdog ends one that Redis forgot.
 */
export class BlockingWait implements JobWait {
  readonly #client: Redis;
  readonly #unblockClient: (id: number) => void;
  #end: ((marker: Marker | undefined) => void) | undefined;
  #id: Promise<number | undefined> = Promise.resolve(undefined);

  /** `unblockClient`: ends the blocking command of the connection with this id, by another connection to the same server. */
  constructor(client: Redis, unblockClient: (id: number) => void) {
    this.#client = client;
    this.#unblockClient = unblockClient;
    client.on("ready", () => {
      this.#id = client.client("ID").catch(() => undefined);
      this.#end?.(undefined);
    });
    client.on("close", () => this.#end?.(undefined));
  }

  async wait(ready: readonly string[], keys: readonly string[], timeoutMs: number): Promise<Marker | undefined> {
    const watchdog = setTimeout(() => this.#giveUp(), timeoutMs + watchdogMs);
    try {
      return await new Promise((resolve, reject) => {
        this.#end = resolve;
        if (this.#client.status !== "ready") return;
        // Same connection, same order: Redis has marked them when it looks for the first.
        for (const key of ready) this.#client.zadd(key, "NX", 0, markerMember.job).catch(() => {});
        this.#client
          .bzpopmin(...keys, Math.max(timeoutMs, minimumTimeoutMs) / 1_000)
          .then((popped) => resolve(popped === null ? undefined : markerOf(popped)), reject);
      });
    } finally {
      clearTimeout(watchdog);
      this.#end = undefined;
    }
  }

  interrupt(): void {
    const end = this.#end;
    if (end === undefined) return;
    if (this.#client.status !== "ready") end(undefined);
    else void this.#unblock(end);
  }

  async #unblock(end: (marker: undefined) => void): Promise<void> {
    // Redis answers 0 when the blocking command has not reached it yet: ask again.
    const id = await this.#id;
    const attempts = id === undefined ? 0 : unblockAttempts;
    for (let attempt = 0; attempt < attempts && this.#end === end; attempt++) {
      this.#unblockClient(id ?? 0);
      await new Promise((resolve) => setTimeout(resolve, unblockAgainMs));
    }
    if (this.#end === end) this.#giveUp();
  }

  #giveUp(): void {
    if (this.#client.status === "ready") this.#client.disconnect(true);
    else this.#end?.(undefined);
  }
}

function markerOf([key, member, score]: [string, string, string]): Marker {
  return { key, member, score: Number(score) };
}
