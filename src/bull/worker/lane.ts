import type { CommandClient } from "../connection/new-client.ts";
import type { FindPurpose } from "../keys/found-job.ts";
import type { BullJob, BullProcessor, BullWorker } from "../library/bull-types.ts";
import { type WorkerInternals, workerInternals } from "../library/internals.ts";
import type { QueueKeys } from "../library/key-layout.ts";
import type { Bull } from "../library/load-bull.ts";
import { type EmitEvent, interceptEnds } from "./intercept-ends.ts";
import type { JobFields } from "./job-fields.ts";
import {
  type LaneOptions,
  type LaneTraits,
  type QueueOptionsOfLane,
  traitsOf,
  workerOptionsOf,
} from "./lane-options.ts";
import { type SupplyWorker, type Workers, workersOn } from "./open-worker.ts";
import { tolerantJobs } from "./unreadable-jobs.ts";

export interface LaneHandlers {
  perform(lane: Lane, job: BullJob, token: string): Promise<unknown>;
  /** The handler emits the event: see Lane.emit. */
  completed(lane: Lane, job: BullJob, result: unknown): void;
  /** One attempt failed; BullMQ may retry the job. The handler emits the event. */
  failed(lane: Lane, job: BullJob, error: Error): void;
  error(lane: Lane, error: Error): void;
  /** BullMQ could not renew the locks of some jobs: they have expired, or other workers have them. */
  locksLost(): void;
}

/** What makes one queue differ from the others of its process. */
export interface LaneNature {
  readonly options?: QueueOptionsOfLane;
  /** The application's listeners of the Worker's events. */
  readonly listeners?: readonly (readonly [event: string, listener: (...values: unknown[]) => void])[];
}

/** A lane's Worker, and how to emit its events past the interception of its ends. */
interface OpenedWorker {
  readonly worker: BullWorker;
  readonly emit: EmitEvent;
}

/**
 * One queue as this process takes from it: a BullMQ Worker without a loop or connections of its own. The Worker is created for
 * the first job, so an empty queue costs only the names of its keys.
 */
export class Lane {
  readonly queue: string;
  readonly keys: QueueKeys;
  readonly traits: LaneTraits;
  readonly #make: (lane: Lane) => OpenedWorker;
  readonly #workers: Workers;
  readonly #concurrency: number | undefined;
  /** The ids of suspects among the jobs that are being taken. */
  readonly #suspects = new Set<string>();
  #opened: OpenedWorker | undefined;

  constructor(
    queue: string,
    keys: QueueKeys,
    make: (lane: Lane) => OpenedWorker,
    workers: Workers,
    traits: LaneTraits,
    concurrency: number | undefined,
  ) {
    this.queue = queue;
    this.keys = keys;
    this.traits = traits;
    this.#make = make;
    this.#workers = workers;
    this.#concurrency = concurrency;
  }

  get lockDurationMs(): number {
    return this.traits.lockDurationMs;
  }

  /** How many jobs of this queue may run here at a time. undefined: the queue has no limit of its own. */
  get concurrency(): number | undefined {
    // The application may change that of its own Worker at any time.
    return this.#concurrency === undefined ? undefined : (this.#opened?.worker.concurrency ?? this.#concurrency);
  }

  /**
   * The time until which the queue is rate-limited, or 0. Milliseconds since the epoch, like all times from BullMQ. No event
   * reports that a limit was lifted or raised, or that the wall clock was set back, so no limit is trusted for longer than
   * `longestLimitMs`.
   */
  get limitedUntil(): number {
    const worker = this.#internals;
    if (worker === undefined) return 0;
    worker.limitUntil = Math.min(worker.limitUntil, Date.now() + this.traits.longestLimitMs);
    return worker.limitUntil;
  }

  /** When the next delayed job is due, according to the last fetch that found no job; 0 for never. */
  get dueAt(): number {
    return this.#internals?.blockUntil ?? 0;
  }

  /** Takes and locks the next job, if there is one. */
  async fetch(token: string): Promise<BullJob | undefined> {
    return await this.#open().getNextJob(token, { block: false });
  }

  /** Whether a worker has died with this job before, here or on another host. Call it once, for a job that was just taken. */
  isSuspect(job: BullJob): boolean {
    return this.#suspects.size > 0 && this.#suspects.delete(job.id ?? "");
  }

  /** Notes that a job which BullMQ is taking is a suspect. */
  suspect(jobId: string): void {
    this.#suspects.add(jobId);
  }

  /** Runs a job to its end in Redis, and takes the next one in the same step if `mayFetchNext` then returns true. */
  process(job: BullJob, token: string, mayFetchNext: () => boolean): Promise<BullJob | undefined | void> {
    return this.#open().processJob(job, token, mayFetchNext);
  }

  /**
   * Finds a job of this queue, regardless of its holder, with the fields that the purpose needs. Resolves with undefined if it
   * does not exist.
   */
  async find(jobId: string, purpose: FindPurpose): Promise<BullJob | undefined> {
    return await this.#workers.find(this.#open(), jobId, purpose);
  }

  /**
   * Keeps a copy of a job that is about to be removed at its end, with this result, so that it can be found "toTell" for some
   * minutes.
   */
  async saveCopy(jobId: string, result?: string): Promise<void> {
    await this.#workers.saveCopy(this.#open(), jobId, result);
  }

  /** Creates a job that another process has taken from this queue, from the properties that it has sent. */
  recreate(fields: JobFields): BullJob {
    return this.#workers.recreate(this.#open(), fields);
  }

  /** Stops renewing the job's lock, which another process is about to get: BullMQ reports each lock that it cannot renew. */
  untrack(jobId: string): void {
    this.#internals?.lockManager.untrackJob(jobId);
  }

  /** Runs BullMQ's stalled check, which returns the jobs of dead workers to their queue. */
  async checkStalled(): Promise<void> {
    this.#open();
    await this.#internals?.moveStalledJobsToWait();
  }

  /** Stops renewing locks. */
  async close(): Promise<void> {
    await this.#internals?.lockManager.close();
  }

  /** Whether the application listens for this event. */
  hears(event: "active" | "completed" | "failed"): boolean {
    return this.#open().listenerCount(event) > 0;
  }

  /** Emits an event of the Worker, as BullMQ would. If the Worker was never needed, nobody listens. */
  emit(event: string, ...values: readonly unknown[]): void {
    this.#opened?.emit(event, ...values);
  }

  /** Creates the Worker now: its listeners expect more than what happens to jobs. */
  open(): void {
    this.#open();
  }

  get #internals(): WorkerInternals | undefined {
    return this.#opened && workerInternals(this.#opened.worker);
  }

  #open(): BullWorker {
    if (this.#opened === undefined) {
      this.#opened = this.#make(this);
      this.#internals?.lockManager.start();
    }
    return this.#opened.worker;
  }
}

/** Creates lanes that share one connection. */
export class LaneFactory {
  readonly #bull: Bull;
  readonly #options: LaneOptions;
  readonly #workers: Workers;

  /** `isLazy`: nothing may use the client before a job does. */
  constructor(bull: Bull, client: CommandClient, options: LaneOptions, supplyWorker?: SupplyWorker, isLazy = false) {
    this.#bull = bull;
    this.#options = options;
    this.#workers = workersOn(client, bull, tolerantJobs(bull, client), supplyWorker, isLazy);
  }

  lane(queue: string, handlers: LaneHandlers, { options = {}, listeners = [] }: LaneNature = {}): Lane {
    const common = this.#options;
    const make = (lane: Lane) => {
      const processor: BullProcessor = (job, token) => handlers.perform(lane, job, token ?? "");
      const workerOptions = workerOptionsOf(common, options);
      const worker = this.#workers.open(queue, processor, workerOptions, (jobId) => lane.suspect(jobId));
      const emit = interceptEnds(worker, {
        completed: (job, result) => handlers.completed(lane, job, result),
        failed: (job, error) => handlers.failed(lane, job, error),
      });
      worker.on("lockRenewalFailed", () => handlers.locksLost());
      worker.on("error", (error) => {
        if (!isSystemError(error)) handlers.error(lane, error);
      });
      for (const [event, listener] of listeners) worker.on(event as "error", listener);
      return { worker, emit };
    };
    const keys = new this.#bull.api.QueueKeys(common.prefix).getKeys(queue) as unknown as QueueKeys;
    return new Lane(queue, keys, make, this.#workers, traitsOf(common, options), options.concurrency);
  }
}

/** Whether a connection broke. Connections reports that once, not once for each lane. BullMQ's own errors have numeric codes. */
function isSystemError(error: Error & { code?: unknown }): boolean {
  return typeof error.code === "string";
}
