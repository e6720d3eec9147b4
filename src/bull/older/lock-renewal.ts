import type { BullJob, BullWorker } from "../library/bull-types.ts";
import { type JobsInProgress, type LockManagerInternals, olderWorkerInternals } from "../library/internals.ts";

/**
 * Renews the locks of a Worker's jobs, in the rhythm of BullMQ's LockManager, which exists from 5.64 on, and with its event. The
 * Worker's own renewal before that does not report a lock that it has lost: before 5.33 not at all, and then only as an error.
 */
export class LockRenewal implements LockManagerInternals, JobsInProgress {
  readonly #worker: BullWorker;
  readonly #lockDurationMs: number;
  readonly #everyMs: number;
  /** By the job's id. */
  readonly #locks = new Map<string, { readonly token: string; renewedAtMs: number }>();
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(worker: BullWorker) {
    const { lockDuration = 30_000, lockRenewTime = lockDuration / 2 } = worker.opts;
    this.#worker = worker;
    this.#lockDurationMs = lockDuration;
    this.#everyMs = lockRenewTime / 2;
  }

  start(): void {
    if (this.#closed) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      void this.#renewDue().finally(() => this.start());
    }, this.#everyMs);
  }

  add({ job: { id, token } }: { readonly job: BullJob }): void {
    if (id !== undefined && token !== undefined) this.#locks.set(id, { token, renewedAtMs: performance.now() });
  }

  delete({ job: { id } }: { readonly job: BullJob }): void {
    if (id !== undefined) this.untrackJob(id);
  }

  untrackJob(jobId: string): void {
    this.#locks.delete(jobId);
  }

  close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#locks.clear();
    return Promise.resolve();
  }

  async #renewDue(): Promise<void> {
    const now = performance.now();
    const due = [...this.#locks].filter(([, { renewedAtMs }]) => renewedAtMs + this.#everyMs <= now);
    const { scripts } = olderWorkerInternals(this.#worker);
    try {
      const renewed = await Promise.all(
        due.map(async ([id, lock]) => {
          lock.renewedAtMs = now;
          return await scripts.extendLock(id, lock.token, this.#lockDurationMs);
        }),
      );
      const lost = due.flatMap(([id], at) => (renewed[at] === 1 ? [] : [id]));
      if (lost.length > 0) this.#worker.emit("lockRenewalFailed", lost);
    } catch (error) {
      this.#worker.emit("error", error as Error);
    }
  }
}
