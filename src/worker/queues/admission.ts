import type { NotTakingReason } from "../../protocol/messages.ts";
import type { Fetches } from "../jobs/fetches.ts";
import type { FetchMode } from "../orders/mode.ts";
import { whyNotTaking } from "./may-take.ts";
import { SuspectIsolation } from "./suspect-isolation.ts";

export interface AdmissionParts {
  readonly concurrency: number;
  readonly fetches: Fetches;
  /** Whether the next job is taken has changed, and why it is not. */
  readonly judged?: (reason: NotTakingReason | undefined) => void;
}

/** Whether a worker takes a job now, and whether one that it has taken may begin. */
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

  /** Jobs that run or are being fetched. */
  get running(): number {
    return this.#running;
  }

  /** Whether a job that ends may be followed by another in its place. */
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

  /** Whether a job that was just taken may begin. */
  admits(isSuspect: boolean): boolean {
    const isWanted = this.#fetchMode !== "none" && !this.#isPaused;
    const isAdmitted = isWanted && this.#isolation.admits(isSuspect, this.#running);
    this.#judge();
    return isAdmitted;
  }

  /** After everything that it depends on. A place that waits for Redis to give it a job is free: should Redis never answer, init must see that. */
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
