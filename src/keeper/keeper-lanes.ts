import type { CommandClient } from "../bull/connection/new-client.ts";
import type { Bull } from "../bull/library/load-bull.ts";
import { type Lane, LaneFactory } from "../bull/worker/lane.ts";
import type { QueueOptionsOfLane } from "../bull/worker/lane-options.ts";
import { defaultDeathsAtMost } from "../protocol/dead-worker.ts";
import { optionsOfQueue, type QueueOptions } from "../protocol/queue-options.ts";
import { retryDelayTimeoutMs } from "../protocol/retry-delay.ts";
import type { RetryDelays } from "./retry-delays.ts";

export interface KeeperLanesParts {
  readonly bull: Bull;
  readonly client: CommandClient;
  readonly prefix: string;
  readonly lockDurationMs: number;
  readonly queueOptions: readonly QueueOptions[];
  readonly retryDelays: Pick<RetryDelays, "of">;
}

/** The keeper's lanes, which end jobs by the options of their queues and never run one. */
export class KeeperLanes {
  readonly #retryDelays: Pick<RetryDelays, "of">;
  readonly #lockDurationMs: number;
  readonly #factory: LaneFactory;
  readonly #lanes = new Map<string, Lane>();
  #queueOptions: readonly QueueOptions[];

  constructor({ bull, client, prefix, lockDurationMs, queueOptions, retryDelays }: KeeperLanesParts) {
    const common = { prefix, workerName: "forker keeper", lockDurationMs, longestLimitMs: Infinity };
    this.#factory = new LaneFactory(bull, client, common);
    this.#lockDurationMs = lockDurationMs;
    this.#queueOptions = queueOptions;
    this.#retryDelays = retryDelays;
  }

  lane(queue: string): Lane {
    const lane = this.#lanes.get(queue) ?? this.#factory.lane(queue, notRunning, { options: this.#optionsOf(queue) });
    this.#lanes.set(queue, lane);
    return lane;
  }

  /** Called when a reload has changed the options. What runs already ends with the old ones. */
  change(queueOptions: readonly QueueOptions[]): void {
    if (JSON.stringify(queueOptions) === JSON.stringify(this.#queueOptions)) return;
    this.close();
    this.#lanes.clear();
    this.#queueOptions = queueOptions;
  }

  /** How many deaths of a worker a job of this queue survives. */
  deathsAtMost(queue: string): number {
    return optionsOfQueue(this.#queueOptions, queue).maxStalledCount ?? defaultDeathsAtMost;
  }

  close(): void {
    for (const lane of this.#lanes.values()) void lane.close();
  }

  #optionsOf(queue: string): QueueOptionsOfLane {
    const options = optionsOfQueue(this.#queueOptions, queue);
    const { lockDurationMs, maxStartedAttempts, removeOnComplete, removeOnFail, metrics, hasBackOffStrategy } = options;
    const timeoutMs = Math.min(retryDelayTimeoutMs, (lockDurationMs ?? this.#lockDurationMs) / 2);
    return {
      lockDuration: lockDurationMs,
      maxStartedAttempts,
      skipStalledCheck: options.skipStalledCheck,
      removeOnComplete: removeOnComplete as QueueOptionsOfLane["removeOnComplete"],
      removeOnFail: removeOnFail as QueueOptionsOfLane["removeOnFail"],
      metrics: metrics as QueueOptionsOfLane["metrics"],
      settings: {
        backoffStrategy: async (attemptsMade, _type, error, job) =>
          hasBackOffStrategy === true
            ? await this.#retryDelays.of({ queue, id: job?.id ?? "", attemptsMade, error, timeoutMs })
            : 0,
      },
    };
  }
}

const notRunning = {
  perform: () => Promise.reject(new Error("the keeper does not run jobs")),
  completed: () => {},
  failed: () => {},
  error: () => {},
  locksLost: () => {},
};
