import type { Bull } from "../library/load-bull.ts";
import { describeError } from "./describe-error.ts";
import { type CommandClient, newClient, newCluster } from "./new-client.ts";
import type { RedisTarget } from "./redis-target.ts";

/** How long a connection may take to close, whose other side may hang. */
const disconnectTimeoutMs = 100;

/** A client that tries to connect once, for a command that a person waits for. */
export class BriefClient {
  readonly client: CommandClient;
  readonly #late: NodeJS.Timeout;
  #last: Error | undefined;
  #isLate = false;

  /** After `timeoutMs`, its commands fail. */
  constructor(bull: Bull, target: RedisTarget, timeoutMs: number) {
    const own = { connectTimeout: timeoutMs, disconnectTimeout: disconnectTimeoutMs, maxRetriesPerRequest: 0 };
    this.client =
      target.kind === "one"
        ? newClient(bull, target, {
            ...own,
            lazyConnect: true,
            retryStrategy: () => null,
            sentinelRetryStrategy: () => null,
          })
        : newCluster(bull, target, {
            redisOptions: own,
            lazyConnect: true,
            clusterRetryStrategy: () => null,
            slotsRefreshTimeout: timeoutMs,
          });
    const failed = (error: Error) => {
      this.#last = error;
    };
    this.client.on("error", failed);
    this.client.on("node error", failed);
    this.#late = setTimeout(() => {
      this.#isLate = true;
      this.#last ??= new Error("no answer");
      this.client.disconnect();
    }, timeoutMs);
  }

  /** Whether the time has passed. */
  get isLate(): boolean {
    return this.#isLate;
  }

  /** Why a command failed: what ioredis reports of the connection says more than the command's own error. */
  describe(cause: unknown): string {
    if (this.#last !== undefined) return describeError(this.#last);
    // Redis names the script by its hash, which tells a person nothing.
    return cause instanceof Error ? cause.message.replace(/ script: [0-9a-f]{40}\b.*$/s, "") : String(cause);
  }

  close(): void {
    clearTimeout(this.#late);
    this.client.disconnect();
  }
}
