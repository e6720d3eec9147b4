import type { Redis } from "ioredis";
import { startWatchdog } from "../../clock/watchdog.ts";
import { markerMember } from "../library/key-layout.ts";

export interface Marker {
  readonly key: string;
  /** "0": there may be a job. "1": a delayed job is due at `score`. */
  readonly member: string;
  /** Milliseconds since the epoch; 0 for now. */
  readonly score: number;
}

/** How a worker waits for its next job. */
export interface JobWait {
  /**
   * Marks the `ready` keys, then pops the first marker of `keys`, in that order. Resolves with undefined if there is none in
   * time, the wait is interrupted, or the connection is lost or established. Rejects if Redis refuses.
   */
  wait(ready: readonly string[], keys: readonly string[], timeoutMs: number): Promise<Marker | undefined>;
  /** Ends the current wait. A marker that Redis pops at the same time is still its result. */
  interrupt(): void;
}

/** Redis before 7.0.8 rounds a shorter timeout down to zero, which means forever. */
const minimumTimeoutMs = 2;
const watchdogMs = 1_000;
const unblockAgainMs = 20;
const unblockAttempts = 10;

/**
 * Waits for markers on a separate connection. When a connection breaks, ioredis may leave its blocking command pending forever
 * (taskforcesh/bullmq#4479). Therefore a wait ends with its connection, and a watchdog ends a wait that Redis does not answer.
 */
export class BlockingWait implements JobWait {
  readonly #client: Redis;
  readonly #unblockClient: (id: number) => void;
  #end: ((marker: Marker | undefined) => void) | undefined;
  #id: Promise<number | undefined> = Promise.resolve(undefined);

  /** `unblockClient`: ends the blocking command of the connection with this id, over another connection to the same server. */
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
    const watchdog = startWatchdog(timeoutMs + watchdogMs, () => this.#giveUp());
    try {
      return await new Promise((resolve, reject) => {
        this.#end = resolve;
        if (!this.#canSend) return;
        // Redis runs the commands of one connection in order: it has marked the keys before it looks for a marker.
        for (const key of ready) this.#client.zadd(key, "NX", 0, markerMember.job).catch(() => {});
        this.#client
          .bzpopmin(...keys, Math.max(timeoutMs, minimumTimeoutMs) / 1_000)
          .then((popped) => resolve(popped === null ? undefined : markerOf(popped)), reject);
      });
    } finally {
      watchdog.stop();
      this.#end = undefined;
    }
  }

  interrupt(): void {
    const end = this.#end;
    if (end === undefined) return;
    if (!this.#canSend) end(undefined);
    else void this.#unblock(end);
  }

  async #unblock(end: (marker: undefined) => void): Promise<void> {
    // Redis answers 0 if the blocking command has not reached it yet: then the loop asks again.
    const id = await this.#id;
    const attempts = id === undefined ? 0 : unblockAttempts;
    for (let attempt = 0; attempt < attempts && this.#end === end; attempt++) {
      this.#unblockClient(id ?? 0);
      await new Promise((resolve) => setTimeout(resolve, unblockAgainMs));
    }
    if (this.#end === end) this.#giveUp();
  }

  #giveUp(): void {
    if (this.#canSend) this.#client.disconnect(true);
    else this.#end?.(undefined);
  }

  /**
   * A connection that is being closed keeps the status "ready" until its socket is closed. ioredis would send the blocking command
   * on the next connection, where it pops a marker for a wait that has ended.
   */
  get #canSend(): boolean {
    return this.#client.status === "ready" && this.#client.stream.writable;
  }
}

function markerOf([key, member, score]: [string, string, string]): Marker {
  return { key, member, score: Number(score) };
}
