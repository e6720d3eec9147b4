import { setTimeout as pause } from "node:timers/promises";
import type { CommandClient } from "../bull/connection/new-client.ts";
import { DueJobs, type QueueDue } from "../bull/keys/due-jobs.ts";
import type { QueueKeys } from "../bull/library/key-layout.ts";
import type { EventWait } from "../bull/wait/event-wait.ts";
import type { ThrottledWarnings } from "../log/throttled-warnings.ts";
import type { DueJobsMessage } from "../protocol/due-jobs.ts";

export interface DueJobWatchParts {
  readonly client: CommandClient;
  readonly warnings: Pick<ThrottledWarnings, "warn">;
  readonly isConnected: () => boolean;
  readonly keysOf: (queue: string) => QueueKeys;
  /** Whether workers run stalled checks of this queue. */
  readonly checksStalled: (queue: string) => boolean;
  /** Opens a connection that waits for events. undefined: a Cluster, where a command may not name the streams of all queues. */
  readonly openWait: (() => EventWait) | undefined;
  readonly send: (message: DueJobsMessage) => void;
}

/** Without any event, too: a rate limit ends without one, and init must know that the counts are fresh. */
const countEveryMs = 1_000;
/** On a Cluster, and with a user who may not wait for events. */
const pollEveryMs = 250;
/** Between two counts. While events follow each other, the pauses double from the first to the longest. */
const firstPauseMs = 10;
const longestPauseMs = 100;

/**
 * Counts the jobs that a worker could take now, as soon as BullMQ's event of a queue says that something has happened there. Between
 * events it asks nothing: it waits on the streams of events, from which it takes nothing away, as it would from the markers.
 */
export class DueJobWatch {
  readonly #parts: DueJobWatchParts;
  readonly #counter: DueJobs;
  #queues: readonly string[] = [];
  #wait: EventWait | undefined;
  #isRunning = false;
  #pauseMs = firstPauseMs;
  #retry = new AbortController();
  /** Redis refuses the command that waits for events. */
  #mustPoll = false;

  constructor(parts: DueJobWatchParts) {
    this.#parts = parts;
    this.#counter = new DueJobs(parts.client);
  }

  /** Watches these queues from now on. None: it ends. */
  watch(queues: readonly string[]): void {
    this.#queues = queues;
    this.#wait?.interrupt();
    if (!this.#isRunning && queues.length > 0) void this.#run();
  }

  /** Counts at once, instead of at the next attempt. */
  connected(): void {
    this.#mustPoll = false;
    this.#retry.abort();
  }

  close(): void {
    this.#queues = [];
    this.#wait?.close();
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    while (this.#queues.length > 0) {
      const counted = this.#parts.isConnected() ? await this.#count() : undefined;
      if (counted === undefined) await this.#untilRetry();
      else await this.#next(counted);
    }
    this.#isRunning = false;
    this.#wait?.close();
    this.#wait = undefined;
  }

  async #count(): Promise<readonly QueueDue[] | undefined> {
    const { keysOf, checksStalled, send, warnings } = this.#parts;
    try {
      const keys = new Map(this.#queues.map((queue) => [queue, keysOf(queue)]));
      const counted = await this.#counter.count(keys, checksStalled);
      if (this.#queues.length > 0)
        send({ kind: "dueJobs", queues: counted.map(({ queue, jobs }) => ({ queue, jobs })) });
      return counted;
    } catch (cause) {
      const fields = { cause: (cause as Error).message };
      warnings.warn(fields, "could not count due jobs; the number of workers on demand stays as it is");
      return undefined;
    }
  }

  async #untilRetry(): Promise<void> {
    this.#retry = new AbortController();
    const { signal } = this.#retry;
    await pause(countEveryMs, undefined, { signal }).catch(() => undefined);
  }

  /** Resolves when it is time for the next count. */
  async #next(counted: readonly QueueDue[]): Promise<void> {
    const { openWait } = this.#parts;
    const nextDueMs = Math.min(...counted.map(({ nextDueAt }) => nextDueAt ?? Infinity)) - Date.now();
    await pause(this.#pauseMs);
    const isPolling = openWait === undefined || this.#mustPoll;
    const timeoutMs = Math.max(0, Math.min(nextDueMs, isPolling ? pollEveryMs : countEveryMs));
    if (isPolling) return await pause(timeoutMs);
    this.#wait ??= openWait();
    const startMs = performance.now();
    const streams = new Map(counted.map(({ events, lastEvent }) => [events, lastEvent]));
    await this.#wait.wait(streams, timeoutMs).catch((cause: unknown) => {
      this.#mustPoll = true;
      const fields = { cause: (cause as Error).message };
      this.#parts.warnings.warn(
        fields,
        `could not wait for events of queues; counting due jobs every ${pollEveryMs} ms`,
      );
    });
    const wasQuiet = performance.now() - startMs > longestPauseMs;
    this.#pauseMs = wasQuiet ? firstPauseMs : Math.min(longestPauseMs, 2 * this.#pauseMs);
  }
}
