import type { Logger } from "pino";
import type { CommandClient } from "../bull/connection/new-client.ts";
import { JobCounter } from "../bull/keys/job-counts.ts";
import type { QueueKeys } from "../bull/library/key-layout.ts";
import { SingleFlight } from "../clock/single-flight.ts";
import { countEveryMs, type JobCountsMessage } from "../protocol/job-counts.ts";

export interface JobCountingParts {
  readonly client: CommandClient;
  readonly log: Logger;
  readonly isConnected: () => boolean;
  readonly keysOf: (queue: string) => QueueKeys;
  readonly send: (message: JobCountsMessage) => void;
}

/** A count that Redis has not answered after this many intervals is abandoned. */
const abandonedAfter = 4;

/** Counts jobs, at intervals that grow with the number of queues, and only while Redis is available. */
export class JobCounting {
  readonly #parts: JobCountingParts;
  readonly #counter: JobCounter;
  #timer: NodeJS.Timeout | undefined;
  #singleFlight = new SingleFlight(0);
  #everyMs = 0;
  #queues: readonly string[] = [];

  constructor(parts: JobCountingParts) {
    this.#parts = parts;
    this.#counter = new JobCounter(parts.client);
  }

  /** Counts the jobs of these queues now, and then at intervals. */
  count(queues: readonly string[]): void {
    this.#queues = queues;
    const everyMs = countEveryMs(queues.length);
    if (everyMs !== this.#everyMs) {
      clearInterval(this.#timer);
      this.#everyMs = everyMs;
      this.#singleFlight = new SingleFlight(abandonedAfter * everyMs);
      this.#timer = setInterval(() => this.#run(), everyMs);
    }
    this.#run();
  }

  close(): void {
    clearInterval(this.#timer);
    this.#queues = [];
  }

  #run(): void {
    // While Redis is unreachable, the commands would pile up.
    if (this.#queues.length > 0 && this.#parts.isConnected()) void this.#singleFlight.run(() => this.#count());
  }

  async #count(): Promise<void> {
    const { keysOf, isConnected, send, log } = this.#parts;
    const counts: JobCountsMessage["queues"] = [];
    try {
      for await (const some of this.#counter.count(new Map(this.#queues.map((queue) => [queue, keysOf(queue)])))) {
        if (!isConnected()) return;
        counts.push(...some);
      }
    } catch (cause) {
      log.debug({ cause: (cause as Error).message }, "could not count jobs");
      return;
    }
    send({ kind: "jobCounts", queues: counts });
  }
}
