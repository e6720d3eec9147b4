import type { NotTakingReason } from "../../protocol/messages.ts";
import type { Fetches } from "../jobs/fetches.ts";
import type { FetchMode } from "../orders/mode.ts";
import { whyNotTaking } from "./may-take.ts";
import { SuspectIsolation } from "./suspect-isolation.ts";

export interface AdmissionParts {
  readonly concurrency: number;
  readonly fetches: Fetches;
  /** Called when the reason to take no job changes; undefined: the worker takes the next one. */
  readonly judged?: (reason: NotTakingReason | undefined) => void;
}

/** Decides whether a worker takes a job now, and whether a job that it has taken may start. */
export class Admission {
  readonly #parts: AdmissionParts;
  readonly #isolation = new SuspectIsolation();
  #fetchMode: FetchMode = "none";
  #isPaused = false;
  #hasEnded = false;
  #queues = 0;
  #running = 0;
  #reason: NotTakingReason | undefined = "mode";

  constructor(parts: AdmissionParts) {
    this.#parts = parts;
  }

  /** The number of jobs that run or are being fetched. */
  get running(): number {
    return this.#running;
  }

  /** Whether the place of a job that ends may take another job. */
  get mayFollow(): boolean {
    return this.#reason === undefined || this.#reason === "full";
  }

  get canTake(): boolean {
    return this.#reason === undefined && this.#running < this.#parts.concurrency;
  }

  setQueues(count: number): void {
    this.#queues = count;
    this.#judge();
  }

  setFetchMode(fetchMode: FetchMode): void {
    this.#fetchMode = fetchMode;
    this.#judge();
  }

  setPaused(isPaused: boolean): void {
    this.#isPaused = isPaused;
    this.#judge();
  }

  end(): void {
    this.#hasEnded = true;
    this.#judge();
  }

  entered(): void {
    this.#running++;
  }

  jobEnded(): void {
    this.#running--;
    this.#isolation.jobEnded(this.#running);
    this.#judge();
  }

  /** Whether a job that was just taken may start. */
  admits(isSuspect: boolean): boolean {
    const isWanted = this.#fetchMode !== "none" && !this.#isPaused;
    const isAdmitted = isWanted && this.#isolation.admits(isSuspect, this.#running);
    this.#judge();
    return isAdmitted;
  }

  /**
   * Called after each change of what the reason depends on. A place that waits for a reply of Redis counts as free: if Redis
   * never answers, init must notice.
   */
  #judge(): void {
    const { concurrency, fetches, judged } = this.#parts;
    const reason = whyNotTaking({
      isTakingMode: this.#fetchMode === "take" && !this.#hasEnded,
      isStoppingJobs: this.#isPaused,
      isolation: this.#isolation.state,
      queues: this.#queues,
      running: this.#running - fetches.size,
      concurrency,
    });
    if (reason === this.#reason) return;
    this.#reason = reason;
    judged?.(reason);
  }
}
