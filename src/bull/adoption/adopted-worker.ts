import { randomUUID } from "node:crypto";
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { RedisConnection, WorkerOptions } from "bullmq";
import type { BullWorker } from "../library/bull-types.ts";
import { type ProcessFunction, partsOf } from "../library/worker-parts.ts";
import { JobsByHand } from "./jobs-by-hand.ts";
import type { ParkedConnection } from "./parked-connection.ts";

/** BullMQ's default. */
const defaultPrefix = "bull";

export interface AdoptedWorkerParts {
  readonly worker: BullWorker;
  /** As the application gave them. */
  readonly options: WorkerOptions;
  /** The processor as the application gave it: a function, or the path or the URL of a file. */
  readonly given?: unknown;
  /** The Worker's connection and its blocking connection. */
  readonly parked: readonly ParkedConnection[];
  /** Opens a blocking connection as BullMQ does for a Worker of its own. */
  readonly openBlocking: () => RedisConnection;
  /** Called when the Worker begins or stops to take jobs, or changes its concurrency. */
  readonly changed: () => void;
  readonly closed: (one: AdoptedWorker) => void;
}

/** A Worker that the application has created. In the template it is recorded; in a worker process its lane uses the same object. */
export class AdoptedWorker {
  readonly worker: BullWorker;
  readonly queue: string;
  readonly prefix: string;
  readonly options: WorkerOptions;
  /** The application's processor; undefined: it takes the jobs itself, with getNextJob(). */
  readonly processor: ProcessFunction | undefined;
  /** The file of a sandboxed processor that a runner can run in place of BullMQ's sandbox. */
  readonly file: string | undefined;
  readonly byHand = new JobsByHand();
  readonly #parts: AdoptedWorkerParts;
  #loop: PromiseWithResolvers<void> | undefined;
  /** A pause has ended the loop. */
  #isInterrupted = false;
  #isAttached = false;
  #wantsBlocking = false;
  /** The tokens of jobs that forker has taken begin with it. */
  #lockOwner: string | undefined;
  /** BullMQ's signals of running jobs, by token: cancelJob() aborts them. */
  readonly #cancels = new Map<string, AbortSignal>();
  /** Whether the lane has jobs. */
  #isBusy: () => boolean = () => false;

  constructor(parts: AdoptedWorkerParts) {
    const { worker, options } = parts;
    this.#parts = parts;
    this.worker = worker;
    this.queue = worker.name;
    this.options = options;
    this.prefix = options.prefix ?? defaultPrefix;
    this.processor = partsOf(worker).processFn;
    this.file = sandboxFile(parts);
    for (const name of ["paused", "closing"] as const) this.#watch(name);
  }

  /** Whether it takes jobs: it runs, and is neither paused nor closing. */
  get takesJobs(): boolean {
    return this.#loop !== undefined && !this.#isEnding;
  }

  get isClosing(): boolean {
    return partsOf(this.worker).closing !== undefined;
  }

  /** Replaces BullMQ's loop: the lane takes the jobs. Resolves when the Worker is paused or closed, and has no job left. */
  async run(): Promise<void> {
    const parts = partsOf(this.worker);
    if (parts.processFn === undefined) throw new Error("No process function is defined.");
    if (parts.running) throw new Error("Worker is already running.");
    if (this.#isEnding) return;
    parts.running = true;
    const loop = Promise.withResolvers<void>();
    this.#loop = loop;
    this.#parts.changed();
    await loop.promise;
  }

  /** Resolves when no job runs. BullMQ waits for this before it emits `paused` or `closed`. */
  async finished(): Promise<void> {
    await this.#loop?.promise;
  }

  /** Ends the loop of a Worker that takes no more jobs, if none runs. Called when one has ended. */
  jobEnded(): void {
    if (this.#loop === undefined || !this.#isEnding || this.#isBusy()) return;
    const { resolve } = this.#loop;
    // At once: resume() looks at it before anything that waits for the promise.
    this.#loop = undefined;
    this.#isInterrupted = !this.isClosing;
    partsOf(this.worker).running = false;
    resolve();
  }

  /** Called when BullMQ is about to close it. */
  closes(): void {
    this.blocking?.end();
  }

  /** Called when its concurrency has changed. */
  changed(): void {
    this.#parts.changed();
  }

  /** Called when BullMQ has closed it. */
  async closed(): Promise<void> {
    if (this.blocking?.hasOwn === true) await this.blocking.close();
    this.#parts.closed(this);
  }

  /** Gives the Worker its connection, in a worker process with this lock owner. */
  attach(connection: RedisConnection, lockOwner: string): void {
    if (this.#isAttached) return;
    this.#isAttached = true;
    this.#lockOwner = lockOwner;
    // All workers have inherited the same id. BullMQ passes it to telemetry.
    partsOf(this.worker).id = randomUUID();
    for (const parked of this.#parts.parked) parked.attach(connection);
    if (this.#wantsBlocking) this.waitsItself();
  }

  /** Called when the application waits for a job with this Worker, and not forker. */
  waitsItself(): void {
    const [, blocking] = this.#parts.parked;
    this.#wantsBlocking = true;
    if (this.#isAttached && blocking?.hasOwn === false) blocking.own(this.#parts.openBlocking());
  }

  get blocking(): ParkedConnection | undefined {
    return this.#parts.parked[1];
  }

  /** Whether forker, and not the application, has taken the job with this token, or takes it. */
  isLanes(token: unknown): boolean {
    return typeof token === "string" && this.#lockOwner !== undefined && token.startsWith(this.#lockOwner);
  }

  /** BullMQ calls this as its processor. A job that the application has taken with this Worker is not the lane's. */
  start(job: unknown, token: string, cancel: AbortSignal | undefined, perform: () => unknown): unknown {
    if (!this.isLanes(token)) return this.processor?.call(this.worker, job, token, cancel);
    if (cancel !== undefined) this.#cancels.set(token, cancel);
    return perform();
  }

  /** Calls the application's processor as BullMQ does: with a signal only if it takes one. */
  perform(job: unknown, token: string, signal: () => AbortSignal): unknown {
    const cancel = this.#cancels.get(token);
    if (cancel === undefined) return this.processor?.call(this.worker, job, token);
    return this.#performWith(AbortSignal.any([cancel, signal()]), job, token);
  }

  async #performWith(signal: AbortSignal, job: unknown, token: string): Promise<unknown> {
    try {
      return await this.processor?.call(this.worker, job, token, signal);
    } finally {
      this.#cancels.delete(token);
    }
  }

  /** The signal by which cancelJob() reaches a job that another process performs. */
  takeCancel(token: string): AbortSignal | undefined {
    const cancel = this.#cancels.get(token);
    this.#cancels.delete(token);
    return cancel;
  }

  /** Calls the application's processor in a runner: with a signal only if it takes one. */
  async performIsolated(job: unknown, token: string, signal: () => AbortSignal): Promise<unknown> {
    const takesSignal = (this.processor?.length ?? 0) >= 3;
    return await this.processor?.call(this.worker, job, token, ...(takesSignal ? [signal()] : []));
  }

  /** Called when a lane uses this Worker. */
  usedBy(isBusy: () => boolean): void {
    this.#isBusy = isBusy;
  }

  get #isEnding(): boolean {
    const { paused, closing } = partsOf(this.worker);
    return Boolean(paused) || closing !== undefined;
  }

  /** BullMQ sets the property, and reports it only later, or not at all. */
  #watch(name: "paused" | "closing"): void {
    let value: unknown = partsOf(this.worker)[name];
    Object.defineProperty(this.worker, name, {
      enumerable: true,
      configurable: true,
      get: () => value,
      set: (next: unknown) => {
        const isResumed = Boolean(value) && !next;
        // Up to 5.40.0 it is a promise, for which BullMQ's loop waits. From then on, resume() calls run().
        const isAwaited = value instanceof Promise;
        value = next;
        this.#parts.changed();
        this.jobEnded();
        if (isResumed && isAwaited && this.#isInterrupted) void this.run();
      },
    });
  }
}

const extensions: readonly string[] = [".js", ".ts", ".flow", ".cjs", ".mjs"];

/** As BullMQ finds the file. Options for the sandbox's process or thread ask for that: then BullMQ runs it. */
function sandboxFile({ given, options }: Pick<AdoptedWorkerParts, "given" | "options">): string | undefined {
  if (options.workerForkOptions !== undefined || options.workerThreadsOptions !== undefined) return undefined;
  if (given instanceof URL) return fileURLToPath(given);
  if (typeof given !== "string") return undefined;
  return path.resolve(extensions.includes(path.extname(given)) ? given : `${given}.js`);
}
