import type { CommandClient } from "../connection/new-client.ts";
import type { FindPurpose } from "../keys/found-job.ts";
import type { BullJob, BullProcessor, BullWorker } from "../library/bull-types.ts";
import { type WorkerInternals, workerInternals } from "../library/internals.ts";
import type { QueueKeys } from "../library/key-layout.ts";
import type { Bull } from "../library/load-bull.ts";
import { type Workers, workersOn } from "./open-worker.ts";
import { tolerantJobs } from "./unreadable-jobs.ts";

export interface LaneOptions {
  readonly prefix: string;
  /** host:pid:slotN:instance: what a job's `processedBy` says. */
  readonly workerName: string;
  readonly lockDurationMs: number;
  /** See Lane.limitedUntil. */
  readonly longestLimitMs: number;
}

export interface LaneHandlers {
  perform(lane: Lane, job: BullJob, token: string): Promise<unknown>;
  completed(lane: Lane, job: BullJob, result: unknown): void;
  /** One attempt failed; BullMQ may have it tried again. */
  failed(lane: Lane, job: BullJob, error: Error): void;
  error(lane: Lane, error: Error): void;
  /** BullMQ could not renew the locks of some jobs: they expired, or are others'. */
  locksLost(): void;
}

/** A connection error during a job's last step is tried again after this; BullMQ's default of 15 s is for its polling loop. */
const runRetryDelayMs = 1_000;

/**
 * One queue as this process takes from it: BullMQ's Worker without its loop and without connections of its own. The Worker is
 * made at the first job, so that a queue that stays empty costs no more than its keys.
 */
export class Lane {
  readonly queue: string;
  readonly keys: QueueKeys;
  readonly #make: (lane: Lane) => BullWorker;
  readonly #workers: Workers;
  readonly #longestLimitMs: number;
  /** Of the jobs that are just being taken. */
  readonly #suspects = new Set<string>();
  #worker: BullWorker | undefined;

  constructor(
    queue: string,
    keys: QueueKeys,
    make: (lane: Lane) => BullWorker,
    workers: Workers,
    longestLimitMs: number,
  ) {
    this.queue = queue;
    this.keys = keys;
    this.#make = make;
    this.#workers = workers;
    this.#longestLimitMs = longestLimitMs;
  }

  /**
   * Rate-limited until then; 0 if not. Milliseconds of the epoch, as are all times that BullMQ tells. Nobody announces that a
   * limit was lifted or raised, or that the wall clock was set back: no limit is believed for longer than `longestLimitMs`.
   */
  get limitedUntil(): number {
    const worker = this.#internals;
    if (worker === undefined) return 0;
    worker.limitUntil = Math.min(worker.limitUntil, Date.now() + this.#longestLimitMs);
    return worker.limitUntil;
  }

  /** When the next delayed job is due, as the last fetch learnt that found nothing; 0 for never. */
  get dueAt(): number {
    return this.#internals?.blockUntil ?? 0;
  }

  /** Takes and locks the next job, if there is one. */
  async fetch(token: string): Promise<BullJob | undefined> {
    return await this.#open().getNextJob(token, { block: false });
  }

  /** Whether a worker has died with this job before, here or on another host. To be asked once, of a job that was just taken. */
  isSuspect(job: BullJob): boolean {
    return this.#suspects.size > 0 && this.#suspects.delete(job.id ?? "");
  }

  /** BullMQ is being given a job that a worker has died with. */
  suspect(jobId: string): void {
    this.#suspects.add(jobId);
  }

  /** Runs a job to its end in Redis, and takes the next one in the same step if `mayFetchNext` says so at that moment. */
  process(job: BullJob, token: string, mayFetchNext: () => boolean): Promise<BullJob | undefined | void> {
    return this.#open().processJob(job, token, mayFetchNext);
  }

  /** A job of this queue, whoever holds it, with what the purpose needs; undefined: it is gone. */
  async find(jobId: string, purpose: FindPurpose): Promise<BullJob | undefined> {
    return await this.#workers.find(this.#open(), jobId, purpose);
  }

  /** Keeps the job as it is, with this result, for a while: it is about to be removed with its end, and is to be read after that, "toTell". */
  async saveCopy(jobId: string, result?: string): Promise<void> {
    await this.#workers.saveCopy(this.#open(), jobId, result);
  }

  /** Its lock is renewed no more: it is about to be somebody else's, and BullMQ complains of what it cannot renew. */
  untrack(jobId: string): void {
    this.#internals?.lockManager.untrackJob(jobId);
  }

  /** Returns jobs whose worker died. */
  async checkStalled(): Promise<void> {
    this.#open();
    await this.#internals?.moveStalledJobsToWait();
  }

  /** Ends lock renewal. */
  async close(): Promise<void> {
    await this.#internals?.lockManager.close();
  }

  get #internals(): WorkerInternals | undefined {
    return this.#worker && workerInternals(this.#worker);
  }

  #open(): BullWorker {
    if (this.#worker === undefined) {
      this.#worker = this.#make(this);
      this.#internals?.lockManager.start();
    }
    return this.#worker;
  }
}

/** Makes lanes that share one connection. */
export class LaneFactory {
  readonly #bull: Bull;
  readonly #options: LaneOptions;
  readonly #workers: Workers;

  constructor(bull: Bull, client: CommandClient, options: LaneOptions) {
    this.#bull = bull;
    this.#options = options;
    this.#workers = workersOn(client, bull, tolerantJobs(bull));
  }

  lane(queue: string, handlers: LaneHandlers): Lane {
    const { prefix, workerName, lockDurationMs, longestLimitMs } = this.#options;
    const make = (lane: Lane) => {
      const processor: BullProcessor = (job, token) => handlers.perform(lane, job, token ?? "");
      const options = {
        autorun: false,
        prefix,
        name: workerName,
        lockDuration: lockDurationMs,
        runRetryDelay: runRetryDelayMs,
      };
      const worker = this.#workers.open(queue, processor, options, (jobId) => lane.suspect(jobId));
      worker.on("completed", (job, result) => handlers.completed(lane, job, result));
      worker.on("failed", (job, error) => {
        if (job !== undefined) handlers.failed(lane, job, error);
      });
      worker.on("lockRenewalFailed", () => handlers.locksLost());
      worker.on("error", (error) => {
        if (!isSystemError(error)) handlers.error(lane, error);
      });
      return worker;
    };
    const keys = new this.#bull.api.QueueKeys(prefix).getKeys(queue) as unknown as QueueKeys;
    return new Lane(queue, keys, make, this.#workers, longestLimitMs);
  }
}

/** A connection that broke: Connections tells of it, once and not once a lane. BullMQ's own errors have numbers for codes. */
function isSystemError(error: Error & { code?: unknown }): boolean {
  return typeof error.code === "string";
}
